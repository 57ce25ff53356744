package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// ReadFile reads at most limit bytes of a file, or of the standard input if the name is -.
func (v *Invocation) ReadFile(name string, limit int) ([]byte, error) {
	in := v.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // the file was only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err == nil && len(b) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	return b, err
}

// Secret reads the text of a value from the environment variable or the file that the value
// names, without the line break at the end of the file.
func (v *Invocation) Secret(value desired.Value) (string, error) {
	if value.Env != "" {
		for _, entry := range v.Environ {
			if text, ok := strings.CutPrefix(entry, value.Env+"="); ok {
				return text, nil
			}
		}
		return "", fmt.Errorf("the environment variable %s is not set", value.Env)
	}
	b, err := v.ReadFile(value.File, directory.MaxValueLen+2)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
