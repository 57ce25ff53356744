package main

import (
	"encoding/json"
	"fmt"

	"cohort/internal/app"
	"cohort/internal/directory"
)

// A madeCredential is a client id and a secret, which are shown once.
type madeCredential struct {
	User     string `json:"user"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
}

// printJSON prints, for scripts, one line of JSON and then that the server is
// ready.
func (v *invocation) printJSON(in *app.App) error {
	var made []madeCredential
	for _, c := range in.Made() {
		made = append(made, madeCredential{directory.FormatID(c.User), c.ClientID, c.Secret})
	}
	line, err := json.Marshal(struct {
		URL         string           `json:"url"`
		Credentials []madeCredential `json:"credentials"`
	}{in.BaseURL(), made})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(v.out, "%s\nlistening on %s\n", line, in.Addr())
	return err
}
