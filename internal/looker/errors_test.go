package looker

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// all is every operation of the dialect.
func all() []protocol.Operation {
	return append(operations(), openOperations()...)
}

func TestDocumentedStatusesAreThoseOfTheReference(t *testing.T) {
	dir := os.Getenv("COHORT_REFERENCE")
	if dir == "" {
		t.Log("COHORT_REFERENCE is not set: there is nothing to compare with")
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, "looker-4.0.24.6.oas.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	// These the reduced reference does not have.
	beyond := []string{"session", "update_session", "alive", "swagger"}
	for _, op := range all() {
		if slices.Contains(beyond, op.ID) ||
			slices.ContainsFunc(contentOperations(), func(c protocol.Operation) bool { return c.ID == op.ID }) {
			continue
		}
		want, ok := doc.Paths[op.Path()][strings.ToLower(op.Method())]
		if !ok || want.OperationID != op.ID {
			t.Errorf("%s %s: the reference has %q", op.ID, op.Route, want.OperationID)
			continue
		}
		for _, status := range []int{400, 403, 404, 405, 409, 422, 429} {
			_, documented := want.Responses[strconv.Itoa(status)]
			if has := op.Errors.Has(status) || status == 404 || status == 429; has != documented {
				t.Errorf("%s: %d is %v, want %v", op.ID, status, has, documented)
			}
		}
	}
}

// told is what the tests read of an error.
type told struct {
	Message          string `json:"message"`
	DocumentationURL string `json:"documentation_url"`
}

// answerWith is the reply to a request for all users that fails with an error
// before anything is asked of a directory.
func answerWith(t *testing.T, err error, target string) (*httptest.ResponseRecorder, told) {
	t.Helper()
	h := New(*bare(func(c *protocol.Config) {
		c.Limit = func(netip.Addr, directory.Caller) error { return err }
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
	var body told
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %v", rec.Body, err)
	}
	return rec, body
}

func TestErrorsTellThePublicHalfOnly(t *testing.T) {
	cause := errors.New("s3cret")
	for _, kind := range directory.Kinds() {
		rec, body := answerWith(t, &directory.Error{Kind: kind, Field: "attribute", Msg: "is wrong", Err: cause},
			"/api/4.0/users")
		if strings.Contains(rec.Body.String(), "s3cret") || body.Message == "" || body.DocumentationURL == "" {
			t.Errorf("kind %d: %s", kind, rec.Body)
		}
		if told := strings.Contains(rec.Body.String(),
			"user_attribute_id is wrong"); told == (kind == directory.KindInternal) {
			t.Errorf("kind %d: %s", kind, rec.Body)
		}
		if got := rec.Header().Get("Content-Type"); got != "application/json" {
			t.Errorf("kind %d: content type %q", kind, got)
		}
	}
	if rec, body := answerWith(t, cause, "/api/4.0/users"); rec.Code != 500 || body.Message != "Internal error" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestTooManyRequestsSayWhenToComeBack(t *testing.T) {
	for _, kind := range []directory.Kind{directory.KindTooMany, directory.KindUnavailable} {
		for after, want := range map[time.Duration]string{0: "1", 1200 * time.Millisecond: "2", time.Minute: "60"} {
			rec, _ := answerWith(t, &directory.Error{Kind: kind, Msg: "wait", RetryAfter: after}, "/api/4.0/users")
			if got := rec.Header().Get("Retry-After"); got != want {
				t.Errorf("kind %d after %v: %q, want %q", kind, after, got, want)
			}
		}
	}
}

// TestBite06DocumentationURLsAreOnOurHost: one client takes the status out of
// this URL, others would fetch it if it began like the vendor's.
func TestBite06DocumentationURLsAreOnOurHost(t *testing.T) {
	vendors := regexp.MustCompile(`^https://(docs\.looker\.com|cloud\.google\.com/looker/docs)/r/err/`)
	status := regexp.MustCompile(`/r/err/[^/]+/(\d{3})/([a-z]+)/(.*)$`)
	rec, body := answerWith(t, directory.NotFound("group", 12), "/api/4.0/users/7/credentials_email")
	m := status.FindStringSubmatch(body.DocumentationURL)
	if vendors.MatchString(body.DocumentationURL) || m == nil || m[1] != strconv.Itoa(rec.Code) ||
		m[3] != "users/:user_id/credentials_email" {
		t.Errorf("documentation_url is %q", body.DocumentationURL)
	}
	if want := "http://localhost/r/err/4.0/404/get/users/:user_id/credentials_email"; body.DocumentationURL != want {
		t.Errorf("documentation_url is %q, want %q", body.DocumentationURL, want)
	}
}

func TestErrorPagesCanBeRead(t *testing.T) {
	h := New(*bare(nil))
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", "/r/err/4.0/"+strconv.Itoa(status)+"/get/groups/:group_id", nil))
		if rec.Code != 200 || !strings.HasPrefix(rec.Body.String(), strconv.Itoa(status)+" "+http.StatusText(status)) ||
			rec.Body.Len() < 60 {
			t.Errorf("%d: %d %s", status, rec.Code, rec.Body)
		}
	}
	for _, path := range []string{"", "4.0", "4.0/", "4.0/x/get", "4.0/999/get", "3.1/404/get"} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", "/r/err/"+path, nil))
		if rec.Code != 404 {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
}

func TestWhatIsNotThereIsAnsweredInTheVendorsWords(t *testing.T) {
	h := New(*bare(nil))
	for target, want := range map[string]int{"/api/4.0/nothing": 404, "/api/3.1/user": 404, "/api/4.0/users/7": 405} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("PUT", target, nil))
		var body told
		if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil || rec.Code != want || body.Message == "" {
			t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
		}
		if allow := rec.Header().Get("Allow"); (allow != "") != (want == 405) {
			t.Errorf("%s: Allow is %q", target, allow)
		}
	}
}
