package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// DefaultURL is where `cohort serve` listens by default.
const DefaultURL = "http://127.0.0.1:19999"

// DefaultProfile is the profile of `cohort login` without a name.
const DefaultProfile = "default"

// An Account is a server and the credential for it. Both come from one place.
type Account struct {
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
	From     string `json:"-"` // where it was found, for messages
}

// Account finds the server to ask: from --profile, else the environment, else the default
// profile.
func (v *Invocation) Account() (Account, error) {
	a, err := v.findAccount()
	if err != nil {
		return a, err
	}
	return a, CheckServerURL(a.URL, a.From)
}

func (v *Invocation) findAccount() (Account, error) {
	fromEnv := Account{
		URL: v.Env("COHORT_URL"), ClientID: v.Env("COHORT_CLIENT_ID"), Secret: v.Env("COHORT_CLIENT_SECRET"),
		From: "the environment",
	}
	if v.Profile == "" && (fromEnv.ClientID != "" || fromEnv.Secret != "" || fromEnv.URL != "") {
		if fromEnv.ClientID == "" || fromEnv.Secret == "" {
			return Account{}, WrongUsage(errors.New("set COHORT_CLIENT_ID and COHORT_CLIENT_SECRET, and COHORT_URL if the " +
				"server is not at " + DefaultURL +
				"; or unset all three to use a profile of cohort login"))
		}
		fromEnv.URL = cmp.Or(fromEnv.URL, DefaultURL)
		return fromEnv, nil
	}
	profiles, err := v.ReadProfiles()
	if err != nil {
		return Account{}, err
	}
	name := cmp.Or(v.Profile, DefaultProfile)
	found, ok := profiles[name]
	switch {
	case ok:
		found.From = "profile " + name
		return found, nil
	case v.Profile != "":
		return Account{}, WrongUsage(fmt.Errorf("there is no profile %q: cohort profile list shows all profiles, cohort "+
			"login --profile %s creates it", name, name))
	}
	return Account{}, WrongUsage(errors.New("log in first: cohort login URL; or set COHORT_CLIENT_ID and " +
		"COHORT_CLIENT_SECRET, and COHORT_URL if the server is not at " + DefaultURL))
}

// CheckServerURL returns what is wrong with the URL of a server. from says where it was found.
func CheckServerURL(text, from string) error {
	u, err := url.Parse(text)
	switch {
	case err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		return nil
	case !strings.Contains(text, "://"):
		return WrongUsage(fmt.Errorf("%s: the URL %q needs http:// or https:// in front: http://%s", from, text, text))
	}
	return WrongUsage(fmt.Errorf("%s: the URL %q must be such as https://cohort.example.com", from, text))
}

// ProfilePath is the path of the file of profiles in the user's configuration folder.
func (v *Invocation) ProfilePath() (string, error) {
	folder := v.Env("XDG_CONFIG_HOME")
	if folder == "" {
		home := v.Env("HOME")
		if home == "" {
			return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set, so there is no place for profiles")
		}
		folder = filepath.Join(home, ".config")
		if runtime.GOOS == "darwin" {
			folder = filepath.Join(home, "Library", "Application Support")
		}
	}
	return filepath.Join(folder, "cohort", "profiles.json"), nil
}

// ReadProfiles reads the profiles. Without a file there are none.
func (v *Invocation) ReadProfiles() (map[string]Account, error) {
	profiles := map[string]Account{}
	path, err := v.ProfilePath()
	if err != nil {
		return profiles, nil //nolint:nilerr // without a home there are no profiles
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return profiles, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &profiles); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return profiles, nil
}

// WriteProfiles replaces the file of profiles. Only its owner may read it.
func (v *Invocation) WriteProfiles(profiles map[string]Account) error {
	path, err := v.ProfilePath()
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(profiles, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next := path + ".new"
	if err := os.WriteFile(next, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
