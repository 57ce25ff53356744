package screen

import (
	"bytes"
	"context"
	"io"
	"os/exec"
)

// Page shows a long text to a person in a pager: COHORT_PAGER, PAGER or less. Output that fits
// the screen, or that a program reads, is written directly.
func (s Screen) Page(ctx context.Context, w io.Writer, text []byte, environ []string, env func(string) string) error {
	if !s.Person || bytes.Count(text, []byte("\n")) < s.Height {
		_, err := w.Write(text)
		return err
	}
	command := "less"
	for _, name := range []string{"PAGER", "COHORT_PAGER"} {
		if chosen := env(name); chosen != "" {
			command = chosen
		}
	}
	pager := exec.CommandContext(ctx, "sh", "-c", command)
	pager.Stdin, pager.Stdout = bytes.NewReader(text), w
	pager.Env = append(environ, "LESSCHARSET=utf-8")
	if env("LESS") == "" {
		pager.Env = append(pager.Env, "LESS=FRX")
	}
	if _, err := exec.LookPath("less"); err != nil && command == "less" {
		_, err := w.Write(text)
		return err
	}
	// Leaving a pager before the end is not an error.
	_ = pager.Run()
	return nil
}
