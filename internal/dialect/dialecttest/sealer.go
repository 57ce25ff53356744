package dialecttest

import (
	"errors"
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// A Sealer is a core.Sealer whose seals are easy to look into.
type Sealer struct{}

// Seal writes the text behind the place that it belongs to.
func (Sealer) Seal(a directory.AttributeID, o directory.Object, text string) (keyID string, sealed []byte, err error) {
	return "test", fmt.Appendf(nil, "%d/%s/%s", a, o, text), nil
}

// Open refuses what was sealed for another place.
func (Sealer) Open(a directory.AttributeID, o directory.Object, _ string, sealed []byte) (string, error) {
	text, ok := strings.CutPrefix(string(sealed), fmt.Sprintf("%d/%s/", a, o))
	if !ok {
		return "", errors.New("sealed for another place")
	}
	return text, nil
}
