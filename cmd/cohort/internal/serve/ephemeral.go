package serve

import (
	"encoding/json"
	"fmt"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/directory"
)

// printJSON prints one line of JSON for scripts, and then that the server is ready.
func printJSON(v *cli.Invocation, in *app.App) error {
	var made []cli.Credential
	for _, c := range in.Made() {
		made = append(made, cli.Credential{User: directory.FormatID(c.User), ClientID: c.ClientID, Secret: c.Secret})
	}
	line, err := json.Marshal(struct {
		URL         string           `json:"url"`
		Credentials []cli.Credential `json:"credentials"`
	}{in.BaseURL(), made})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(v.Stdout, "%s\nlistening on %s\n", line, in.Addr())
	return err
}
