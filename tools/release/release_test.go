package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// packed packs this test's own program, as it stands in a file of another time.
func packed(t *testing.T, touched time.Time) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "cohort")
	if err := os.WriteFile(program, self, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(program, touched, touched); err != nil {
		t.Fatal(err)
	}
	b := &builder{ctx: t.Context(), checkout: "../..", out: t.TempDir(), at: time.Unix(1767225600, 0), version: "1.2.3"}
	p := platform{"linux", "arm64"}
	name := filepath.Join(b.out, "cohort_1.2.3_linux_arm64")
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(writeBill(name+".cdx.json", info, p, b.at), b.archive(name+".tar.gz", program), b.packages(name, program, p), b.sum())
	if err != nil {
		t.Fatal(err)
	}
	return b.out
}

func TestWhatIsPackedTwiceIsTheSame(t *testing.T) {
	first, second := packed(t, time.Unix(1, 0)), packed(t, time.Unix(1e9, 0))
	if n, err := same(first, second); err != nil || n != 4 {
		t.Errorf("%d files are the same: %v", n, err)
	}
	list, err := os.ReadFile(filepath.Join(first, sums))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(list, []byte("\n")); n != 4 {
		t.Errorf("there are %d files, want 4:\n%s", n, list)
	}
	if err := os.WriteFile(filepath.Join(second, sums), list[1:], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := same(first, second); err == nil {
		t.Error("a difference is not found")
	}
}

// TestThePackageHasTheService reads the Debian package as dpkg does: an ar
// archive of tar archives.
func TestThePackageHasTheService(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(packed(t, time.Unix(1, 0)), "cohort_1.2.3_linux_arm64.deb"))
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	var names []string
	for rest := data[8:]; len(rest) > 60; {
		name, size := strings.TrimSpace(string(rest[:16])), 0
		for _, digit := range strings.TrimSpace(string(rest[48:58])) {
			size = 10*size + int(digit-'0')
		}
		body := rest[60 : 60+size]
		rest = rest[60+size+size%2:]
		if !strings.HasSuffix(name, ".tar.gz") {
			continue
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for r := tar.NewReader(unpacked); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if path := strings.TrimPrefix(h.Name, "."); h.Typeflag == tar.TypeReg {
				names, text[path] = append(names, path), string(content)
			}
		}
	}
	for _, want := range []string{
		"/usr/bin/cohort", "/usr/lib/systemd/system/cohort.service", "/usr/lib/sysusers.d/cohort.conf", "/etc/cohort/cohort.toml",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not in %q", want, names)
		}
	}
	if unit := text["/usr/lib/systemd/system/cohort.service"]; !strings.Contains(unit, "\nExecStart=/usr/bin/cohort serve ") {
		t.Errorf("the unit is\n%s", unit)
	}
	if files := text["/conffiles"]; strings.TrimSpace(files) != "/etc/cohort/cohort.toml" {
		t.Errorf("kept when upgraded: %q of %q", files, names)
	}
}

func TestTheBillNamesEachModuleWithItsSum(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(packed(t, time.Unix(1, 0)), "cohort_1.2.3_linux_arm64.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BomFormat  string
		Components []struct {
			Name, Purl string
			Hashes     []struct{ Content string }
		}
	}
	if err := json.Unmarshal(data, &bill); err != nil || bill.BomFormat != "CycloneDX" {
		t.Fatalf("%v: %s", err, data)
	}
	found := false
	for _, c := range bill.Components {
		if c.Name == "github.com/goreleaser/nfpm/v2" {
			found = strings.HasPrefix(c.Purl, "pkg:golang/github.com/goreleaser/nfpm/v2@v2.") && len(c.Hashes) == 1 && len(c.Hashes[0].Content) == 64
		}
	}
	if !found {
		t.Errorf("a module is missing:\n%s", data)
	}
}

func TestPlatformsAreNamed(t *testing.T) {
	some, err := platformsNamed("linux/arm64,darwin/amd64")
	if want := []platform{{"linux", "arm64"}, {"darwin", "amd64"}}; err != nil || !slices.Equal(some, want) {
		t.Errorf("%v, %v", some, err)
	}
	if all, err := platformsNamed("all"); err != nil || len(all) != 4 {
		t.Errorf("all are %v, %v", all, err)
	}
	if _, err := platformsNamed("linux"); err == nil || !strings.Contains(err.Error(), "linux/amd64") {
		t.Errorf("a platform that there is not: %v", err)
	}
}
