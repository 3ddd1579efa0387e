"""Names of the cookies that the sign-in page sets and the pages read."""

SESSION_COOKIE = "daicho_session"
LANGUAGE_COOKIE = "daicho_language"
