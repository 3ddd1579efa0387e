"""The gate: signing in and everything of one's own account, as plain pages outside of Streamlit."""
