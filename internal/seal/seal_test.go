package seal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/seal"
)

const (
	oldKey = "b2xkIGtleSBvbGQga2V5IG9sZCBrZXkgb2xkIGtleSE="
	newKey = "bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE="
)

func ring(t testing.TB, text string) *seal.Ring {
	t.Helper()
	r, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	attribute = directory.AttributeID(14)
	owner     = directory.UserID(7).Object()
)

func TestWhatIsSealedOpensForTheSameAttributeAndOwnerOnly(t *testing.T) {
	r := ring(t, newKey)
	id, ciphertext, err := r.Seal(attribute, owner, []byte("hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Open(id, attribute, owner, ciphertext)
	if err != nil || string(got) != "hunter2" {
		t.Fatalf("opened %q, %v", got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another attribute": func() ([]byte, error) { return r.Open(id, 15, owner, ciphertext) },
		"another user": func() ([]byte, error) {
			return r.Open(id, attribute, directory.UserID(8).Object(),
				ciphertext)
		},
		"a group of the id": func() ([]byte, error) {
			return r.Open(id, attribute, directory.GroupID(7).Object(),
				ciphertext)
		},
		"another key": func() ([]byte, error) {
			o := ring(t, oldKey)
			return o.Open(o.KeyIDs()[0], attribute, owner, ciphertext)
		},
		"a key that is not had": func() ([]byte, error) { return ring(t, oldKey).Open(id, attribute, owner, ciphertext) },
		"a shorter ciphertext": func() ([]byte, error) {
			return r.Open(id, attribute, owner,
				ciphertext[:len(ciphertext)-1])
		},
		"a longer ciphertext": func() ([]byte, error) {
			return r.Open(id, attribute, owner,
				append(bytes.Clone(ciphertext), 0))
		},
		"nothing": func() ([]byte, error) { return r.Open(id, attribute, owner, nil) },
	} {
		if got, err := open(); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("with %s: opened %q, %v; want an error that does not tell the value", name, got, err)
		}
	}
	for i := range ciphertext {
		flipped := bytes.Clone(ciphertext)
		flipped[i] ^= 1
		if _, err := r.Open(id, attribute, owner, flipped); err == nil {
			t.Errorf("with byte %d altered it opens", i)
		}
	}
}

func TestSealingTwiceGivesDifferentCiphertexts(t *testing.T) {
	r := ring(t, newKey)
	_, a, _ := r.Seal(attribute, owner, []byte("x"))
	_, b, _ := r.Seal(attribute, owner, []byte("x"))
	if bytes.Equal(a, b) {
		t.Error("equal values can be told from their ciphertexts")
	}
}

func TestTheLengthTellsOnlyTheStep(t *testing.T) {
	r := ring(t, newKey)
	size := func(n int) int {
		_, c, err := r.Seal(attribute, owner, make([]byte, n))
		if err != nil {
			t.Fatal(err)
		}
		return len(c)
	}
	for _, step := range [][2]int{{0, 63}, {64, 127}, {128, 255}, {2048, 4095}, {4096, 8191}, {61440, 65535}} {
		if size(step[0]) != size(step[1]) {
			t.Errorf("%d and %d bytes look different", step[0], step[1])
		}
		if size(step[1]) == size(step[1]+1) {
			t.Errorf("%d and %d bytes look alike; the steps are not those of the comment", step[1], step[1]+1)
		}
	}
}

func TestAnyValueComesBack(t *testing.T) {
	r := ring(t, newKey)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 'x'}), 0, 200).Draw(t, "value")
		id, c, err := r.Seal(attribute, owner, value)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Open(id, attribute, owner, c)
		if err != nil || !bytes.Equal(got, value) {
			t.Fatalf("came back %v (%v), want %v", got, err, value)
		}
	})
}

func TestAfterRotationOldValuesOpenAndAreResealed(t *testing.T) {
	before := ring(t, oldKey)
	id, ciphertext, err := before.Seal(attribute, owner, []byte("v"))
	if err != nil {
		t.Fatal(err)
	}
	after := ring(t, newKey+"\n"+oldKey)
	newID, resealed, changed, err := after.Reseal(id, attribute, owner, ciphertext)
	if err != nil || !changed || newID == id {
		t.Fatalf("resealed under %q, changed %v, %v", newID, changed, err)
	}
	if got, err := ring(t, newKey).Open(newID, attribute, owner, resealed); err != nil || string(got) != "v" {
		t.Errorf("without the old key it opens as %q, %v", got, err)
	}
	if _, _, changed, err := after.Reseal(newID, attribute, owner, resealed); changed || err != nil {
		t.Errorf("resealing again: changed %v, %v", changed, err)
	}
	if _, _, _, err := after.Reseal(id, 99, owner, ciphertext); err == nil {
		t.Error("a ciphertext of another attribute is resealed")
	}
}

func TestARingThatIsPrintedShowsNoKey(t *testing.T) {
	r := ring(t, newKey)
	want := "key ring [" + r.KeyIDs()[0] + "]"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if s := fmt.Sprintf(verb, r); s != want {
			t.Errorf("%s shows %s, want %s", verb, s, want)
		}
	}
}

func TestBadKeyTextsAreRefusedWithoutQuotingThem(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":      "",
		"a comment":    "# only this\n",
		"a short key":  "c2hvcnQ=",
		"no base64":    strings.Repeat("!", 44),
		"zeros":        strings.Repeat("A", 43) + "=",
		"twice":        newKey + "," + newKey,
		"sloppy end":   newKey[:42] + "F=",
		"too much":     strings.Repeat("#", 1<<17),
		"a key id too": "f00 " + newKey,
	} {
		_, err := seal.Parse(text)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for word := range strings.FieldsSeq(text) {
			if len(word) > 3 && strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error quotes the text: %v", name, err)
			}
		}
	}
}

func TestSecretsAreLongRandomAndOfOneCase(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		id, secret := seal.NewClientID(), seal.NewSecret()
		if len(id) != 20 || len(secret) != 40 || strings.ToLower(id+secret) != id+secret {
			t.Fatalf("made %q and %q", id, secret)
		}
		if seen[id] || seen[secret] {
			t.Fatal("the same again")
		}
		seen[id], seen[secret] = true, true
	}
	if seal.HashSecret("a") == seal.HashSecret("b") {
		t.Error("two secrets have one hash")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", newKey, "# c\n" + newKey + ", " + oldKey, "\x00", newKey + newKey} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := seal.Parse(text)
		if err != nil {
			if r != nil || errors.Unwrap(err) != nil && len(err.Error()) > 300 {
				t.Fatalf("%v with a ring %v", err, r)
			}
			return
		}
		id, c, err := r.Seal(attribute, owner, []byte("v"))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := r.Open(id, attribute, owner, c); err != nil || string(v) != "v" {
			t.Fatalf("a ring of %q does not open what it sealed: %v", text, err)
		}
	})
}

func TestWhatIsDerivedFollowsFromTheNewestKeyAndThePurpose(t *testing.T) {
	one, two := base64.StdEncoding.EncodeToString([]byte("one key, made of thirty-two bytes"[:32])),
		base64.StdEncoding.EncodeToString([]byte("another key, of thirty-two bytes"))
	derive := func(text, purpose string) string {
		t.Helper()
		ring, err := seal.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ring.Derive(purpose)
		if err != nil || len(key) != 32 || strings.Contains(text, base64.StdEncoding.EncodeToString(key)) {
			t.Fatalf("%d bytes, %v", len(key), err)
		}
		return string(key)
	}
	if derive(two+" "+one, "a") != derive(two, "a") {
		t.Error("an older key changes it")
	}
	if derive(two, "a") == derive(two, "b") || derive(two, "a") == derive(one, "a") {
		t.Error("two purposes, or two keys, derive the same")
	}
}
