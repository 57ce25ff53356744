package pagekit

import (
	"net/http"
)

const themeCookie = "cohort-theme"

// themeOf returns the theme that the person has chosen, or empty.
func themeOf(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}

// setTheme stores a theme in a cookie and goes back to the page.
func setTheme(q *Request) error {
	c := http.Cookie{Name: themeCookie, Path: Root + "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: q.Secure,
		SameSite: http.SameSiteLaxMode}
	switch theme := q.R.PostFormValue("theme"); theme {
	case "light", "dark":
		c.Value = theme
	default:
		c.MaxAge = -1
	}
	http.SetCookie(q.W, &c)
	return q.Redirect(BackTo(q.R.PostFormValue("back")))
}
