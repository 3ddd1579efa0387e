"""The application: what a person touches, and where the parts are put together."""
