package record

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"cohort/internal/directory"
)

// append writes v. Texts are written byte by byte, whatever they hold: two values
// never get the same bytes. The caller that stores the result checks that it is
// UTF-8.
func (f *form) append(b []byte, v reflect.Value) []byte {
	switch f.shape {
	case shapeText:
		return appendText(b, v.String())
	case shapeBool:
		return strconv.AppendBool(b, v.Bool())
	case shapeNumber, shapeInstant:
		return strconv.AppendInt(b, v.Int(), 10)
	case shapeID:
		return append(strconv.AppendInt(append(b, '"'), v.Int(), 10), '"')
	case shapeEditID:
		return append(appendEditID(append(b, '"'), v.Int()), '"')
	case shapeTime:
		return appendTime(b, directory.Instant(v.Int()))
	case shapeObject, shapeEditObject:
		return appendObject(b, held[directory.Object](v), f.shape)
	case shapeValue:
		return appendValue(b, held[directory.Value](v))
	case shapeList:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = f.elem.append(b, v.Index(i))
		}
		return append(b, ']')
	default:
		return f.appendStruct(b, v)
	}
}

// held is what a value of a form holds; the compiler of forms has made sure of
// its type.
func held[T any](v reflect.Value) T {
	t, ok := reflect.TypeAssert[T](v)
	if !ok {
		panic(fmt.Sprintf("record: a %s where a %T belongs", v.Type(), t))
	}
	return t
}

func (f *form) appendStruct(b []byte, v reflect.Value) []byte {
	b = append(b, f.label...)
	start := len(b)
	for i := range f.fields {
		fd := &f.fields[i]
		fv := fd.of(v)
		if fv.IsZero() && !fd.always {
			continue
		}
		if fd.form.shape == shapeList && !fd.pointer && !fd.always && fv.Len() == 0 {
			continue // of lists in rows, none and empty are the same
		}
		if fd.pointer {
			fv = fv.Elem()
		}
		b = append(b, fd.key...)
		b = fd.form.append(b, fv)
	}
	switch {
	case len(f.label) > 0:
	case len(b) == start:
		b = append(b, '{')
	default:
		b[start] = '{' // the first key's comma
	}
	return append(b, '}')
}

func appendEditID(b []byte, id int64) []byte {
	if i, made := directory.MadeBy(directory.UserID(id)); made {
		return strconv.AppendInt(append(b, '$'), int64(i), 10)
	}
	return strconv.AppendInt(b, id, 10)
}

func appendObject(b []byte, o directory.Object, s shape) []byte {
	b = append(append(append(b, '"'), o.Kind.String()...), ':')
	if s == shapeEditObject {
		b = appendEditID(b, o.ID)
	} else {
		b = strconv.AppendInt(b, o.ID, 10)
	}
	return append(b, '"')
}

const timeLayout = `"2006-01-02T15:04:05.000Z"`

// appendTime writes milliseconds where RFC 3339 has no year for the instant,
// so that every instant can be written.
func appendTime(b []byte, i directory.Instant) []byte {
	t := time.UnixMilli(int64(i)).UTC()
	if i <= 0 || t.Year() > 9999 {
		return strconv.AppendInt(b, int64(i), 10)
	}
	return t.AppendFormat(b, timeLayout)
}

// appendValue writes one of the three forms of a value. Of a sealed value it writes
// only the id: a text that may still stand beside it must not leak.
func appendValue(b []byte, v directory.Value) []byte {
	switch {
	case v.Sealed != 0:
		b = append(b, `{"hidden":true,"sealed":"`...)
		return append(strconv.AppendInt(b, int64(v.Sealed), 10), `"}`...)
	case len(v.Texts) == 0:
		return appendText(b, v.Text)
	}
	b = append(b, `{"texts":{`...)
	for i, t := range v.Texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(appendText(b, string(t.Language)), ':'), t.Text)
	}
	return append(b, `}}`...)
}

const hexDigits = "0123456789abcdef"

// appendText escapes what JSON requires and nothing else.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[done:i]...)
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, '\\', c)
		}
		done = i + 1
	}
	return append(append(b, s[done:]...), '"')
}
