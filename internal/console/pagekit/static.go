package pagekit

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"

	"cohort/internal/httpkit"
)

// assets are the stylesheet, the scripts and the icons. Their address has a hash of all of
// them, so browsers can cache them forever.
type assets struct {
	url   string
	files map[string][]byte
}

func loadAssets(files fs.FS) (*assets, error) {
	a := &assets{files: map[string][]byte{}}
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		a.files[path.Base(name)] = b
		sum.Write([]byte(name))
		sum.Write(b)
		return nil
	})
	a.url = Root + "/static/" + hex.EncodeToString(sum.Sum(nil)[:8])
	return a, err
}

// contentType returns the media type of a static file.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// ServeStatic answers with a static file. Pages that were loaded before an update get the
// current files.
func (c *Console) ServeStatic(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	b, ok := c.assets.files[name]
	if !ok {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Cache-Control", "no-cache")
	if path.Dir(r.URL.Path) == c.assets.url {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b) // nobody is left to tell
	return nil
}
