package server

// A pathMender passes on the bytes of an HTTP/1.1 connection. In the path of a request line it
// writes a percent sign that begins no escape as %25. net/http would answer such a request
// itself, without a request id and in its own words.
type pathMender struct {
	done   bool // with the path of the current request
	spaces int  // in its request line so far
	held   []byte
}

// next begins a new request.
func (m *pathMender) next() { *m = pathMender{held: m.held[:0]} }

// mend returns the bytes to pass on after in has arrived. It holds back what may be the
// beginning of an escape until more arrives, so the result may be empty. The result is in
// itself if nothing needs mending.
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

// broken reports whether what follows a percent sign, as far as it has arrived, cannot be an
// escape.
func (*pathMender) broken(after []byte) bool {
	for _, c := range after[:min(2, len(after))] {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return true
		}
	}
	return false
}
