package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
)

// A PreviewCmd shows what a change would do to effective values.
type PreviewCmd struct {
	cli.ReadFlags
	File string `arg:"" help:"edits as JSON; - is standard input"`
}

// Help returns the details of the command's help.
func (*PreviewCmd) Help() string {
	return `The file contains {"edits":[…]}, or the list alone. An edit is an object such as

  {"edit":"set_group_value","group":"12","attribute":"region","value":"emea"}

Nothing is changed. To commit what was previewed, pass the token that is shown to cohort apply.

Examples:

  cohort preview edits.json
  echo '[{"edit":"delete_group","group":"12"}]' | cohort preview - --json`
}

// Run asks the server.
func (c *PreviewCmd) Run(v *cli.Invocation) error {
	change, err := readChange(v, c.File)
	if err != nil {
		return err
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	p, err := server.Preview(v.Context, change)
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), p)
	}
	v.ShowPreview(&p, c.File)
	return nil
}

// maxChangeFile is the largest number of bytes of a file of edits.
const maxChangeFile = 16 << 20

// readChange reads edits from a file, or from the standard input if the name is -:
// {"edits":[…],"comment":"…"}, or the list alone. Seeds have the same format.
func readChange(v *cli.Invocation, file string) (client.Change, error) {
	in := v.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return client.Change{}, err
		}
		defer func() { _ = f.Close() }() // the file was only read
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxChangeFile+1))
	if err != nil {
		return client.Change{}, err
	}
	if len(b) > maxChangeFile {
		return client.Change{}, fmt.Errorf("%s is longer than %d bytes", file, maxChangeFile)
	}
	var change client.Change
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		err = json.Unmarshal(b, &change.Edits)
	} else {
		var in struct {
			client.Change
			Version json.RawMessage `json:"version"` // of seeds, which are changes, too
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err = d.Decode(&in); err == nil && in.Version != nil && string(in.Version) != "1" {
			err = errors.New("version must be 1, or left out")
		}
		change = in.Change
	}
	if err != nil {
		return client.Change{}, cli.WrongUsage(fmt.Errorf("%s: %w", file, err))
	}
	return change, nil
}
