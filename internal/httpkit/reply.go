package httpkit

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Encode spells v in JSON: nil slices as [], nil pointers as null, the keys of
// maps in order. An error is a mistake of the program.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := json.MarshalWrite(&b, v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, fmt.Errorf("encode a reply: %w", err)
	}
	return b.Bytes(), nil
}

// AppendText appends a text as Encode spells it. What is not UTF-8 is replaced.
func AppendText(b []byte, text string) []byte {
	if isPlain(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	quoted, _ := jsontext.AppendQuote(b, text)
	return quoted
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// WriteJSON answers with v in JSON. If v cannot be encoded nothing has been
// sent and the error is for the handler to return.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	WriteBody(w, status, "application/json", body)
	return nil
}

// WriteLine is WriteJSON with a newline at the end, for people who type requests.
func WriteLine(w http.ResponseWriter, status int, v any) error {
	body, err := Encode(v)
	if err != nil {
		return err
	}
	WriteBody(w, status, "application/json", append(body, '\n'))
	return nil
}

// WriteBody answers with bytes that are already encoded. That they cannot be
// sent is no error: there is nobody left to tell.
func WriteBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	send(w, status, body)
}

// WriteKept answers with bytes that are already encoded, of which the headers
// that say whether to keep them are set.
func WriteKept(w http.ResponseWriter, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// BeforeReply returns a writer that calls f before the first byte of a reply.
func BeforeReply(w http.ResponseWriter, f func()) http.ResponseWriter { return &beforeReply{w, f} }

type beforeReply struct {
	http.ResponseWriter
	before func()
}

func (w *beforeReply) callBefore() {
	if w.before != nil {
		w.before()
		w.before = nil
	}
}

// WriteHeader implements http.ResponseWriter.
func (w *beforeReply) WriteHeader(status int) {
	w.callBefore()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *beforeReply) Write(b []byte) (int, error) {
	w.callBefore()
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *beforeReply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// NoContent answers with 204: no body, no content type.
func NoContent(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
