package apidocs

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// A Document is an API description, OpenAPI in YAML.
type Document struct {
	Name   string // in paths
	Title  string
	About  string // in a sentence
	Source string // the path where the document itself is
	Text   string
}

// Mounts are the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{"/docs", "/docs/api/"} }

//go:embed templates
var files embed.FS

// contentSecurity lets a page load its own style sheet, and nothing else.
const contentSecurity = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action " +
	"'none'"

// New returns the handler of the pages. A document that cannot be read is an error.
func New(documents []Document) (http.Handler, error) {
	pages, err := template.New("").Funcs(template.FuncMap{"dict": membersFor}).ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("the pages of the API documents: %w", err)
	}
	style, err := files.ReadFile("templates/style.css")
	if err != nil {
		return nil, fmt.Errorf("the pages of the API documents: %w", err)
	}
	h := &handler{pages: pages, style: style, documents: documents}
	for _, d := range documents {
		r, err := read(d)
		if err != nil {
			return nil, fmt.Errorf("the API document %s: %w", d.Name, err)
		}
		h.read = append(h.read, r)
	}
	return h, nil
}

// membersOfPage is what the template of members is filled with.
type membersOfPage struct {
	Doc     string
	Members []member
}

func membersFor(doc string, members []member) membersOfPage { return membersOfPage{doc, members} }

type handler struct {
	pages     *template.Template
	style     []byte
	documents []Document
	read      []*reference
}

// A page is what a template is filled with.
type page struct {
	Title     string
	Documents []Document
	Reference *reference
	Tag       *tag
}

// ServeHTTP answers with a page.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "405: these pages are only read", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(strings.TrimSuffix(r.URL.Path, "/"), "/docs")
	if path == "" || path == "/api" {
		h.show(w, "index.html", page{Title: "APIs", Documents: h.documents})
		return
	}
	if path == "/api/style.css" {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(h.style) // a client that is gone needs none
		return
	}
	name, rest, deeper := strings.Cut(strings.TrimPrefix(path, "/api/"), "/")
	for _, ref := range h.read {
		if ref.Name != name {
			continue
		}
		if h.showPart(w, ref, rest, deeper) {
			return
		}
	}
	http.Error(w, "404: there is no such page; /docs lists the documents", http.StatusNotFound)
}

// showPart shows a document, its schemas or one of its tags; false if there is none.
func (h *handler) showPart(w http.ResponseWriter, ref *reference, rest string, deeper bool) bool {
	switch {
	case !deeper:
		h.show(w, "document.html", page{Title: ref.Title, Reference: ref})
		return true
	case rest == "schemas":
		h.show(w, "schemas.html", page{Title: ref.Title + ": schemas", Reference: ref})
		return true
	}
	for i := range ref.Tags {
		if t := &ref.Tags[i]; t.Slug == rest {
			h.show(w, "tag.html", page{Title: ref.Title + ": " + t.Name, Reference: ref, Tag: t})
			return true
		}
	}
	return false
}

func (h *handler) show(w http.ResponseWriter, name string, p page) {
	var body bytes.Buffer
	if err := h.pages.ExecuteTemplate(&body, name, p); err != nil {
		http.Error(w, "500: the page cannot be made", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", contentSecurity)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache")
	_, _ = w.Write(body.Bytes()) // a client that is gone needs none
}
