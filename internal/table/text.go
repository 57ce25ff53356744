package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encodings that tables come in.
const (
	UTF8        = "utf-8"
	UTF16       = "utf-16"
	Windows1252 = "windows-1252"
)

// decode converts a file to UTF-8 without a byte order mark, and returns its encoding. An
// empty encoding is detected.
func decode(data []byte, encoding string) (text []byte, was string, err error) {
	utf8Mark, little, big := []byte{0xef, 0xbb, 0xbf}, []byte{0xff, 0xfe}, []byte{0xfe, 0xff}
	if encoding == "" {
		encoding = noticed(data)
	}
	switch strings.ToLower(encoding) {
	case UTF8, "utf8":
		data = bytes.TrimPrefix(data, utf8Mark)
		if !utf8.Valid(data) {
			return nil, "", errors.New("the file is not valid UTF-8; say --encoding windows-1252 or utf-16 if it is in one of " +
				"these")
		}
		return data, UTF8, nil
	case UTF16, "utf16", "utf-16le", "utf-16be":
		var order binary.ByteOrder = binary.LittleEndian
		if bytes.HasPrefix(data, big) || strings.EqualFold(encoding, "utf-16be") || !bytes.HasPrefix(data, little) &&
			len(data) > 1 && data[0] == 0 {
			order = binary.BigEndian
		}
		data = bytes.TrimPrefix(bytes.TrimPrefix(data, big), little)
		if len(data)%2 == 1 {
			return nil, "", errors.New("the file has an odd number of bytes, and so is not UTF-16")
		}
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = order.Uint16(data[2*i:])
		}
		return []byte(string(utf16.Decode(units))), UTF16, nil
	case Windows1252, "cp1252", "latin1", "iso-8859-1":
		return fromWindows1252(data), Windows1252, nil
	}
	return nil, "", fmt.Errorf("the encoding %q is not one of utf-8, utf-16, windows-1252", encoding)
}

// noticed detects an encoding by the byte order mark, or else by the bytes.
func noticed(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return UTF16
	case len(data) > 3 && (data[0] == 0) != (data[1] == 0):
		return UTF16 // Latin letters have one zero byte in it
	case utf8.Valid(data):
		return UTF8
	}
	return Windows1252
}

// highControls are the characters of 0x80 to 0x9f.
const highControls = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

func fromWindows1252(data []byte) []byte {
	high := []rune(highControls)
	out := make([]byte, 0, len(data)+len(data)/8)
	for _, b := range data {
		r := rune(b)
		if b >= 0x80 && b <= 0x9f {
			r = high[b-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// delimiterOf returns the character that separates the columns of a header.
func delimiterOf(text []byte) rune {
	header, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, d := range []rune{',', ';', '\t'} {
		quoted, n := false, 0
		for _, r := range string(header) {
			switch {
			case r == '"':
				quoted = !quoted
			case r == d && !quoted:
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}
