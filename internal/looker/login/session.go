package login

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/protocol"
)

const (
	maxLoginLen      = 64 << 10 // bytes in the body of a login
	maxCredentialLen = 1024     // bytes in a client id or secret
)

// An accessToken is the vendor's AccessToken.
type accessToken struct {
	AccessToken  string  `json:"access_token"`
	TokenType    string  `json:"token_type"`
	ExpiresIn    int64   `json:"expires_in"` // seconds
	RefreshToken *string `json:"refresh_token"`
}

func replyToken(q *protocol.Request, t protocol.Token) error {
	left := t.ExpiresAt.Time().Sub(q.Now())
	return q.Reply(accessToken{AccessToken: t.Text, TokenType: "Bearer", ExpiresIn: int64(left.Seconds())})
}

// login exchanges a client id and secret for a token. A wrong pair is 404.
func login(q *protocol.Request) error {
	form, err := loginForm(q)
	if err != nil {
		return err
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	switch {
	case id == "":
		return directory.Missing("client_id")
	case secret == "":
		return directory.Missing("client_secret")
	case len(id) > maxCredentialLen || len(secret) > maxCredentialLen:
		return &directory.Error{Kind: directory.KindNotFound}
	}
	t, err := q.Sessions.Login(q.Context(), id, secret, q.From(q.R))
	if err != nil {
		return err
	}
	return replyToken(q, t)
}

// loginForm reads a form whatever the content type says, or JSON if the content type says so.
// The query supplies what the body lacks.
func loginForm(q *protocol.Request) (url.Values, error) {
	body, err := io.ReadAll(http.MaxBytesReader(q.W, q.R.Body, maxLoginLen))
	if err != nil {
		return nil, &directory.Error{Kind: directory.KindTooLarge, Msg: "a login is at most " + strconv.Itoa(maxLoginLen) +
			" bytes"}
	}
	form := url.Values{}
	if text := strings.TrimSpace(string(body)); strings.HasPrefix(text, "{") {
		var in struct {
			ClientID     string `json:"client_id"`
			ClientSecret string `json:"client_secret"`
		}
		if json.Unmarshal([]byte(text), &in) != nil {
			return nil, directory.Malformed("body", "must be a form, or JSON, with client_id and client_secret")
		}
		form.Set("client_id", in.ClientID)
		form.Set("client_secret", in.ClientSecret)
	} else if form, err = url.ParseQuery(text); err != nil {
		return nil, directory.Malformed("body", "must be a form with client_id and client_secret")
	}
	for _, name := range []string{"client_id", "client_secret"} {
		if form.Get(name) == "" {
			form.Set(name, q.Params.Get(name))
		}
	}
	return form, nil
}

// loginUser creates a token that lets the caller act as another user.
func loginUser(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	if err := q.Dir.MaySudo(q.Context(), id); err != nil {
		return err
	}
	t, err := q.AllSessions().Sudo(q.Context(), q.Token, id)
	if err != nil {
		return err
	}
	return replyToken(q, t)
}

// logout revokes the presented token and no other.
func logout(q *protocol.Request) error {
	if err := q.AllSessions().Logout(q.Context(), q.Token); err != nil {
		return err
	}
	return q.NoContent()
}

// A sessionBody is the vendor's ApiSession.
type sessionBody struct {
	Can         map[string]bool `json:"can"`
	WorkspaceID string          `json:"workspace_id"`
	SudoUserID  *string         `json:"sudo_user_id"`
}

func session(q *protocol.Request) error {
	workspace, err := q.AllSessions().Workspace(q.Context(), q.Token)
	if err != nil {
		return err
	}
	return replySession(q, workspace)
}

func updateSession(q *protocol.Request) error {
	var in struct {
		WorkspaceID httpkit.Optional[string] `json:"workspace_id"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	if !in.WorkspaceID.Set {
		return session(q)
	}
	workspace := in.WorkspaceID.Value
	if workspace != "production" && workspace != "dev" {
		return directory.Invalid("workspace_id", "must be production or dev")
	}
	if err := q.AllSessions().SetWorkspace(q.Context(), q.Token, workspace); err != nil {
		return err
	}
	return replySession(q, workspace)
}

func replySession(q *protocol.Request, workspace string) error {
	s := sessionBody{Can: map[string]bool{"show": true, "update": true}, WorkspaceID: workspace}
	if q.Caller.Sudoer != 0 {
		sudoer := directory.FormatID(q.Caller.Sudoer)
		s.SudoUserID = &sudoer
	}
	return q.Reply(s)
}
