package main

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

// defaultURL is where `cohort serve` listens unless it is told otherwise.
const defaultURL = "http://127.0.0.1:19999"

// defaultProfile is the profile of `cohort login` without a name.
const defaultProfile = "default"

// An account is a server, and the credential that a command logs in with. All
// of it comes from one place.
type account struct {
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
	from     string // where it was found, for messages
}

// env returns a variable of the environment.
func (v *invocation) env(name string) string {
	for _, entry := range v.environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// account finds the server to ask: that of --profile, else of the environment, else
// of the default profile.
func (v *invocation) account() (account, error) {
	a, err := v.findAccount()
	if err != nil {
		return a, err
	}
	return a, checkServerURL(a.URL, a.from)
}

func (v *invocation) findAccount() (account, error) {
	fromEnv := account{
		URL: v.env("COHORT_URL"), ClientID: v.env("COHORT_CLIENT_ID"), Secret: v.env("COHORT_CLIENT_SECRET"),
		from: "the environment",
	}
	if v.profile == "" && (fromEnv.ClientID != "" || fromEnv.Secret != "" || fromEnv.URL != "") {
		if fromEnv.ClientID == "" || fromEnv.Secret == "" {
			return account{}, usageError{errors.New("set COHORT_CLIENT_ID and COHORT_CLIENT_SECRET, and COHORT_URL if the " +
				"server is not at " + defaultURL +
				"; or unset all three to use a profile of cohort login")}
		}
		fromEnv.URL = cmp.Or(fromEnv.URL, defaultURL)
		return fromEnv, nil
	}
	profiles, err := v.readProfiles()
	if err != nil {
		return account{}, err
	}
	name := cmp.Or(v.profile, defaultProfile)
	found, ok := profiles[name]
	switch {
	case ok:
		found.from = "profile " + name
		return found, nil
	case v.profile != "":
		return account{}, usageError{fmt.Errorf("there is no profile %q: cohort profile list shows those there are, cohort "+
			"login --profile %s makes it", name, name)}
	}
	return account{}, usageError{errors.New("log in first: cohort login URL; or set COHORT_CLIENT_ID and " +
		"COHORT_CLIENT_SECRET, and COHORT_URL if the server is not at " + defaultURL)}
}

// checkServerURL says what is wrong with the URL of a server.
func checkServerURL(text, from string) error {
	u, err := url.Parse(text)
	switch {
	case err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		return nil
	case !strings.Contains(text, "://"):
		return usageError{fmt.Errorf("%s: the URL %q needs http:// or https:// in front: http://%s", from, text, text)}
	}
	return usageError{fmt.Errorf("%s: the URL %q must be such as https://cohort.example.com", from, text)}
}

// profilePath is the file of profiles, in the user's configuration folder.
func (v *invocation) profilePath() (string, error) {
	folder := v.env("XDG_CONFIG_HOME")
	if folder == "" {
		home := v.env("HOME")
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

// readProfiles reads the profiles; no file is no profiles.
func (v *invocation) readProfiles() (map[string]account, error) {
	profiles := map[string]account{}
	path, err := v.profilePath()
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

// writeProfiles replaces the file of profiles, which only its owner may read.
func (v *invocation) writeProfiles(profiles map[string]account) error {
	path, err := v.profilePath()
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

// serverURL is where the server is that was asked, or would be if it ran.
func (v *invocation) serverURL() string { return cmp.Or(v.server.URL, defaultURL) }
