package looker

import "cohort/internal/directory"

// checkValue refuses a text that is no value of an attribute in this API: a
// locale that does not exist.
func checkValue(field string, attribute directory.AttributeID, text string) error {
	if attribute != directory.AttrLocale {
		return nil
	}
	return directory.ParseLocale(field, text)
}
