package screen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// writeYAML writes the JSON of a value as YAML. Members keep their order.
func writeYAML(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	y := yamlWriter{dec: json.NewDecoder(bytes.NewReader(raw)), plain: plainYAML()}
	y.dec.UseNumber()
	if err := y.value(0, true); err != nil {
		return err
	}
	_, err = w.Write(y.out.Bytes())
	return err
}

// plainYAML matches texts that need no quotes in any version of YAML. A text that some version
// could read as another type is quoted.
func plainYAML() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@-]+)*$`)
}

type yamlWriter struct {
	dec   *json.Decoder
	out   bytes.Buffer
	plain *regexp.Regexp
}

// value writes the next value, behind "name:" or "- ", or at the start of a line if it is
// fresh.
func (y *yamlWriter) value(indent int, fresh bool) error {
	token, err := y.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return y.object(indent, fresh)
	case json.Delim('['):
		return y.array(indent, fresh)
	}
	if !fresh {
		y.out.WriteByte(' ')
	}
	y.scalar(token)
	y.out.WriteByte('\n')
	return nil
}

func (y *yamlWriter) object(indent int, fresh bool) error {
	if !y.dec.More() {
		return y.nothing(fresh, "{}")
	}
	if !fresh {
		y.out.WriteByte('\n')
	}
	for first := true; y.dec.More(); first = false {
		if !first || !fresh || y.atLineStart() {
			y.indent(indent)
		}
		name, err := y.dec.Token()
		if err != nil {
			return err
		}
		y.scalar(name)
		y.out.WriteByte(':')
		if err := y.value(indent+1, false); err != nil {
			return err
		}
	}
	_, err := y.dec.Token()
	return err
}

func (y *yamlWriter) array(indent int, fresh bool) error {
	if !y.dec.More() {
		return y.nothing(fresh, "[]")
	}
	if !fresh {
		y.out.WriteByte('\n')
	}
	for first := true; y.dec.More(); first = false {
		if !first || !fresh || y.atLineStart() {
			y.indent(indent)
		}
		y.out.WriteString("- ")
		if err := y.value(indent+1, true); err != nil {
			return err
		}
	}
	_, err := y.dec.Token()
	return err
}

// nothing writes an empty object or array.
func (y *yamlWriter) nothing(fresh bool, text string) error {
	if !fresh {
		y.out.WriteByte(' ')
	}
	y.out.WriteString(text + "\n")
	_, err := y.dec.Token()
	return err
}

func (y *yamlWriter) atLineStart() bool {
	b := y.out.Bytes()
	return len(b) == 0 || b[len(b)-1] == '\n'
}

func (y *yamlWriter) indent(n int) { y.out.WriteString(strings.Repeat("  ", n)) }

func (y *yamlWriter) scalar(token json.Token) {
	switch v := token.(type) {
	case string:
		if y.plain.MatchString(v) && !yamlWord(v) {
			y.out.WriteString(v)
			return
		}
		y.quoted(v)
	case json.Number:
		y.out.WriteString(v.String())
	case bool:
		if v {
			y.out.WriteString("true")
		} else {
			y.out.WriteString("false")
		}
	default:
		y.out.WriteString("null")
	}
}

// quoted writes a text in quotes, and escapes characters that YAML does not allow.
func (y *yamlWriter) quoted(text string) {
	y.out.WriteByte('"')
	for _, r := range text {
		if r == '"' || r == '\\' {
			y.out.WriteByte('\\')
		}
		if r < ' ' || 0x7f <= r && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&y.out, `\u%04x`, r)
			continue
		}
		y.out.WriteRune(r)
	}
	y.out.WriteByte('"')
}

// yamlWord reports whether a plain text means something else than itself.
func yamlWord(text string) bool {
	switch strings.ToLower(text) {
	case "y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf":
		return true
	}
	return false
}
