package protocol

import (
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

func TestAListThatIsTooLongIsRefusedBeforeItIsBuilt(t *testing.T) {
	err := ReplyParts(&Request{}, httpkit.Page{Offset: 1}, MaxItems+2, PartsOf([]int{1}),
		func(*Request, []int) ([]byte, error) {
			t.Error("a part was rendered")
			return nil, nil
		})
	if directory.KindOf(err) != directory.KindTooLarge || !strings.Contains(err.Error(), "limit and offset") {
		t.Errorf("%v", err)
	}
}
