package server

// A pathMender passes the bytes of an HTTP/1.1 connection on. In the path of a
// request line it writes a percent sign that begins no escape as %25, for
// net/http would answer such a request itself, without a request id and not in
// the words of the surface.
type pathMender struct {
	done   bool // with the path of the request that is read
	spaces int  // in its request line so far
	held   []byte
}

// next says that a new request begins.
func (m *pathMender) next() { *m = pathMender{held: m.held[:0]} }

// mend returns what is to be passed on after in has come. A possible beginning of
// an escape is held back until more arrives, so the result may be empty. It is in
// itself where there is nothing to mend.
func (m *pathMender) mend(in []byte) []byte {
	if m.done {
		return in
	}
	if len(m.held) > 0 {
		in = append(append([]byte(nil), m.held...), in...)
		m.held = m.held[:0]
	}
	var out []byte // nil as long as it equals in
	for i := range in {
		c := in[i]
		switch {
		case c == '\n' || c == '?' && m.spaces == 1 || c == ' ' && m.spaces == 1:
			m.done = true
		case c == ' ':
			m.spaces++
		case c == '%' && m.spaces == 1 && i+2 >= len(in) && !m.broken(in[i+1:]):
			m.held = append(m.held, in[i:]...)
			if out == nil {
				return in[:i]
			}
			return out
		case c == '%' && m.spaces == 1 && m.broken(in[i+1:]):
			if out == nil {
				out = append(make([]byte, 0, len(in)+16), in[:i]...)
			}
			out = append(out, "%25"...)
			continue
		}
		if m.done {
			if out == nil {
				return in
			}
			return append(out, in[i:]...)
		}
		if out != nil {
			out = append(out, c)
		}
	}
	if out == nil {
		return in
	}
	return out
}

// broken reports whether what follows a percent sign, as far as it has come,
// cannot be an escape.
func (*pathMender) broken(after []byte) bool {
	for _, c := range after[:min(2, len(after))] {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return true
		}
	}
	return false
}
