package looker

import (
	"cohort/internal/directory"
)

// checkValue refuses a locale that does not exist, which only this API does.
func checkValue(field string, attribute directory.AttributeID, text string) error {
	if attribute != directory.AttrLocale {
		return nil
	}
	return directory.ParseLocale(field, text)
}
