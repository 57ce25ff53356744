package screen

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A Format is an output format.
type Format string

// The formats.
const (
	Table Format = "table"
	JSON  Format = "json"
	CSV   Format = "csv"
	YAML  Format = "yaml"
	Name  Format = "name"
)

// An Item is an entry of a list: as the server sent it, and parsed.
type Item[T any] struct {
	Raw   json.RawMessage
	Value T
}

// A Column is one column of a list.
type Column[T any] struct {
	Title string                      // as it is in CSV, in capitals in tables
	Text  func(v *T) string           // for programs
	Show  func(s Screen, v *T) string // for people; nil means Text
	Skip  func(items []Item[T]) bool  // whether to leave it out of tables; nil means never
}

// A List says how to write a list of objects.
type List[T any] struct {
	Member  string // the list's name in JSON and YAML
	Columns []Column[T]
	Name    func(v *T) string // for -o name: a selector for other commands
	ID      func(v *T) string // for -o name if the name is empty or not unique
	Empty   string            // printed to people if the list is empty
}

// Write writes the list. In JSON and YAML the members of about precede it.
func (l *List[T]) Write(w io.Writer, s Screen, f Format, items []Item[T], about ...Member) error {
	switch f {
	case JSON, YAML:
		raw := make([]json.RawMessage, len(items))
		for i := range items {
			raw[i] = items[i].Raw
		}
		return WriteObject(w, f, object(append(about, Member{l.Member, raw})))
	case CSV:
		return l.csv(w, items)
	case Name:
		l.names(w, items)
		return nil
	case Table:
	}
	if len(items) == 0 && s.Person && l.Empty != "" {
		s.Paragraph(w, "", l.Empty)
		return nil
	}
	l.table(w, s, items)
	return nil
}

func (l *List[T]) table(w io.Writer, s Screen, items []Item[T]) {
	var columns []Column[T]
	var titles []string
	for _, c := range l.Columns {
		if c.Skip == nil || !c.Skip(items) {
			columns = append(columns, c)
			titles = append(titles, strings.ToUpper(strings.ReplaceAll(c.Title, "_", " ")))
		}
	}
	rows := [][]string{titles}
	for i := range items {
		row := make([]string, len(columns))
		for j, c := range columns {
			if c.Show != nil {
				row[j] = c.Show(s, &items[i].Value)
			} else {
				row[j] = Plain(c.Text(&items[i].Value))
			}
		}
		rows = append(rows, row)
	}
	if s.Colour {
		for i, title := range rows[0] {
			rows[0][i] = s.Styled(Bold, title)
		}
	}
	s.Table(w, rows)
}

func (l *List[T]) csv(w io.Writer, items []Item[T]) error {
	out := csv.NewWriter(w)
	row := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		row[i] = c.Title
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for i := range items {
		for j, c := range l.Columns {
			row[j] = c.Text(&items[i].Value)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// names writes selectors for other commands: the name if it is unique, or else the id.
func (l *List[T]) names(w io.Writer, items []Item[T]) {
	seen := map[string]int{}
	for i := range items {
		seen[strings.ToLower(l.Name(&items[i].Value))]++
	}
	for i := range items {
		name := l.Name(&items[i].Value)
		if l.ID != nil && (name == "" || seen[strings.ToLower(name)] > 1) {
			name = l.ID(&items[i].Value)
		}
		fmt.Fprintln(w, Plain(name))
	}
}

// A Member is a member of a JSON object.
type Member struct {
	Name  string
	Value any
}

// An object is a JSON object whose members keep their order.
type object []Member

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := json.Marshal(m.Value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, '"'), m.Name...), '"', ':')
		b = append(b, value...)
	}
	return append(b, '}'), nil
}

// WriteObject writes a value as indented JSON, or as YAML.
func WriteObject(w io.Writer, f Format, v any) error {
	if f == YAML {
		return writeYAML(w, v)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
