package httpkit

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

type sample struct {
	Name  Optional[string]         `json:"name"`
	ID    Optional[LooseID]        `json:"id"`
	Count int                      `json:"count"`
	On    bool                     `json:"on"`
	List  []string                 `json:"list"`
	Map   Optional[map[string]int] `json:"map"`
	Inner struct {
		Deep int `json:"deep"`
	} `json:"inner"`
}

func read(b BodyReader, body string) (sample, error) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	var in sample
	err := b.Read(httptest.NewRecorder(), r, &in)
	return in, err
}

func TestBodiesThatBothWaysOfReadingRefuse(t *testing.T) {
	for _, test := range []struct {
		name, body string
		kind       directory.Kind
		public     string
	}{
		{"not JSON", `{"name":`, directory.KindMalformed, "body is not valid JSON (at byte 8)"},
		{"a word", `nope`, directory.KindMalformed, "body is not valid JSON (at byte 1)"},
		{"single quotes", `{'name':'x'}`, directory.KindMalformed, "body is not valid JSON (at byte 1)"},
		{"trailing data", `{"name":"x"} {}`, directory.KindMalformed, "body is not valid JSON (at byte 13)"},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", directory.KindMalformed, "body is not valid JSON (at byte 9)"},
		{"half a surrogate pair", `{"name":"\ud800"}`, directory.KindMalformed, "body is not valid JSON (at byte 9)"},
		{"raw NUL", "{\"name\":\"x\"}\x00", directory.KindMalformed, "body contains a NUL"},
		{"escaped NUL", `{"name":"a\u0000b"}`, directory.KindMalformed, "body contains a NUL"},
		{"escaped NUL in a name", `{"na\u0000me":"ab"}`, directory.KindMalformed, "body contains a NUL"},
		{"an array", `[]`, directory.KindMalformed, "body must be an object"},
		{"a number for a string", `{"name":5}`, directory.KindInvalid, "name must be a string"},
		{"a string for a number", `{"count":"5"}`, directory.KindInvalid, "count must be a whole number"},
		{"a fraction for a whole number", `{"count":5.5}`, directory.KindInvalid, "count must be a whole number"},
		{"a string for a boolean", `{"on":"true"}`, directory.KindInvalid, "on must be true or false"},
		{"an object for a list", `{"list":{}}`, directory.KindInvalid, "list must be an array"},
		{"a wrong element", `{"list":["a",1]}`, directory.KindInvalid, "list/1 must be a string"},
		{"a wrong type deep inside", `{"inner":{"deep":true}}`, directory.KindInvalid, "inner/deep must be a whole number"},
		{"an object for an id", `{"id":{}}`, directory.KindInvalid, "id must be a string"},
		{"a list for an optional map", `{"map":[]}`, directory.KindInvalid, "map must be an object"},
		{"too deep", strings.Repeat("[", 33) + strings.Repeat("]", 33), directory.KindMalformed,
			"body has more than 32 arrays and objects inside each other"},
		{"too many elements", `{"list":[` + strings.Repeat(`"",`, DefaultBodyElements) + `""]}`, directory.KindTooLarge,
			"the body has more elements than the most, 10000"},
		{"too long", `{"name":"` + strings.Repeat("x", DefaultBodyLen) + `"}`, directory.KindTooLarge,
			"the body is longer than 1 MiB"},
	} {
		for way, b := range map[string]BodyReader{"strictly": {Strict: true}, "as vendors do": {}} {
			t.Run(test.name+" "+way, func(t *testing.T) {
				_, err := read(b, test.body)
				e, ok := errors.AsType[*directory.Error](err)
				if !ok || e.Kind != test.kind || e.Public() != test.public {
					t.Errorf("got %v (kind %d), want %q (kind %d)", err, directory.KindOf(err), test.public, test.kind)
				}
			})
		}
	}
}

func TestStrictReadingRefusesWhatVendorsIgnore(t *testing.T) {
	for _, test := range []struct{ name, body, public string }{
		{"an unknown member", `{"nome":"x"}`, "nome is not known here"},
		{"a member in another case", `{"NAME":"x"}`, "NAME is not known here"},
		{"a member that comes twice", `{"name":"x","name":"y"}`, "name comes twice in the body"},
		{"an empty body", ``, "body is empty"},
		{"a long unknown member", `{"` + strings.Repeat("x", 500) + `":1}`, strings.Repeat("x", 100) + "… is not known here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(BodyReader{Strict: true}, test.body)
			if e, ok := errors.AsType[*directory.Error](err); !ok || e.Public() != test.public {
				t.Errorf("strictly: %v, want %q", err, test.public)
			}
			if _, err := read(BodyReader{}, test.body); err != nil {
				t.Errorf("as vendors do: %v, want success", err)
			}
		})
	}
}

func TestStrictReadingWantsJSON(t *testing.T) {
	for contentType, ok := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "application/merge-patch+json": true,
		"": false, "text/plain": false, "application/x-www-form-urlencoded": false,
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{}`))
		r.Header.Set("Content-Type", contentType)
		err := BodyReader{Strict: true}.Read(httptest.NewRecorder(), r, &sample{})
		if (err == nil) != ok || err != nil && directory.KindOf(err) != directory.KindUnsupportedMedia {
			t.Errorf("content type %q: %v", contentType, err)
		}
		r.Body = io.NopCloser(strings.NewReader(`{}`))
		if err := (BodyReader{}).Read(httptest.NewRecorder(), r, &sample{}); err != nil {
			t.Errorf("content type %q as vendors do: %v", contentType, err)
		}
	}
}

func TestMembersAreAbsentNullOrHaveAValue(t *testing.T) {
	in, err := read(BodyReader{}, `{"id":12,"map":{"a":1}}`)
	if err != nil || in.Name.Set || in.Name.Ptr() != nil || in.ID.Value != "12" || in.Map.Value["a"] != 1 {
		t.Errorf("got %+v, %v", in, err)
	}
	in, err = read(BodyReader{}, `{"name":null,"id":"12","map":null}`)
	if err != nil || !in.Name.Null || in.Name.Has() || *in.Name.Ptr() != "" || in.ID.Value != "12" || !in.Map.Null {
		t.Errorf("got %+v, %v", in, err)
	}
	in, err = read(BodyReader{}, `{"name":"x\\u0000","name":"a\\\"u0000"}`)
	if diff := cmp.Diff(Some(`a\"u0000`), in.Name); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestLimitsCanBeChosen(t *testing.T) {
	b := BodyReader{MaxLen: 20, MaxElements: 2}
	if _, err := read(b, `{"list":["a"]}`); err != nil {
		t.Errorf("within the limits: %v", err)
	}
	if _, err := read(b, `{"list":["a","b"]}`); directory.KindOf(err) != directory.KindTooLarge {
		t.Errorf("too many elements: %v", err)
	}
	r := httptest.NewRequest("POST", "/",
		io.MultiReader(strings.NewReader(`{"name":"`), strings.NewReader(strings.Repeat("x", 20)+`"}`)))
	r.ContentLength = -1
	if err := b.Read(httptest.NewRecorder(), r, &sample{}); directory.KindOf(err) != directory.KindTooLarge {
		t.Errorf("too long, of unknown length: %v", err)
	}
}

func TestABodyThatBreaksOffIsMalformed(t *testing.T) {
	r := httptest.NewRequest("POST", "/", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(`{"name":"x"}`))))
	if err := (BodyReader{}).Read(httptest.NewRecorder(), r, &sample{}); directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("got %v", err)
	}
}

func TestErrorsOfBodiesRepeatNoValue(t *testing.T) {
	for _, body := range []string{`{"count":"s3cret"}`, `{"name":s3cret}`, `{"list":["a",{"s3cret":1}]}`,
		`{"map":{"a":"s3cret"}}`} {
		if _, err := read(BodyReader{}, body); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func FuzzReadBody(f *testing.F) {
	for _, s := range []string{`{"name":"x","id":1,"list":["a"],"inner":{"deep":1}}`, `{"name":null}`,
		"{\"name\":\"\\u0000\"}", `[[[`, ``, ` `, `{"a":1,"a":2}`} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, body string, strict bool) {
		in, err := read(BodyReader{Strict: strict}, body)
		if err != nil {
			if k := directory.KindOf(err); k != directory.KindMalformed && k != directory.KindInvalid &&
				k != directory.KindTooLarge {
				t.Fatalf("kind %d: %v", k, err)
			}
			return
		}
		for _, s := range append(in.List, in.Name.Value, string(in.ID.Value)) {
			if strings.ContainsRune(s, 0) || strings.ToValidUTF8(s, "?") != s {
				t.Fatalf("%q was let in", s)
			}
		}
	})
}

func TestRepliesAreEncodedBeforeAByteIsSent(t *testing.T) {
	w := httptest.NewRecorder()
	if err := WriteJSON(w, http.StatusOK, map[string]any{"a": 1, "b": func() {}}); err == nil || w.Body.Len() > 0 {
		t.Errorf("got %v and sent %q", err, w.Body)
	}
	if err := WriteJSON(w, http.StatusCreated, struct {
		List []string       `json:"list"`
		Map  map[string]int `json:"map"`
		Ptr  *string        `json:"ptr"`
	}{Map: map[string]int{"b": 1, "a": 2}}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.Body.String(), `{"list":[],"map":{"a":2,"b":1},"ptr":null}`; got != want ||
		w.Code != http.StatusCreated || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s, want %s", w.Code, got, want)
	}
}
