package httpkit

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Encode returns v as JSON: nil slices are [], nil pointers null, and the keys of maps sorted.
// An error is a bug.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := json.MarshalWrite(&b, v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, fmt.Errorf("encode a reply: %w", err)
	}
	return b.Bytes(), nil
}

// AppendText appends a text as Encode does. It replaces invalid UTF-8.
func AppendText(b []byte, text string) []byte {
	if isPlain(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	quoted, _ := jsontext.AppendQuote(b, text)
	return quoted
}

// isPlain reports whether a text needs no escaping in JSON.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// WriteJSON answers with v as JSON. If v cannot be encoded, nothing is sent and the handler
// returns the error.
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

// WriteBody answers with encoded bytes. Failing to send them is no error, because nobody is
// left to hear of it.
func WriteBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	send(w, status, body)
}

// WriteCacheable answers with encoded bytes. The caller sets the caching headers.
func WriteCacheable(w http.ResponseWriter, contentType string, body []byte) {
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

// Unwrap supports http.ResponseController.
func (w *beforeReply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// NoContent answers 204, without body and content type.
func NoContent(w http.ResponseWriter) error {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
