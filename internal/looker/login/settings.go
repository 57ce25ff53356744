package login

import (
	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// The kinds of facet that this dialect stores with the directory itself.
const (
	facetPasswordConfig = "password_config"
	facetSessionConfig  = "session_config"
)

// FacetPlace returns a place for what a facet of the directory holds, or nil if the directory
// has no such facet.
func FacetPlace(kind string) any {
	switch kind {
	case facetPasswordConfig:
		return new(passwordConfig)
	case facetSessionConfig:
		return new(sessionConfig)
	}
	return nil
}

// requireSettings refuses callers who may not change directory-wide settings.
func requireSettings(q *protocol.Request) error { return requireSettingsIn(q, q.Dir) }

func requireSettingsIn(q *protocol.Request, now protocol.Directory) error {
	may, err := now.Can(q.Context(), directory.SetFacet{Object: document.DirectoryObject(), Dialect: protocol.Dialect,
		Kind: facetPasswordConfig,
		Data: "{}"})
	if err == nil && !may[0] {
		err = directory.Forbidden("the permission %s is needed", directory.Administer)
	}
	return err
}

// A passwordConfig is the vendor's PasswordConfig, as stored.
type passwordConfig struct {
	MinLength         int64 `json:"min_length"`
	RequireNumeric    bool  `json:"require_numeric"`
	RequireUpperLower bool  `json:"require_upperlower"`
	RequireSpecial    bool  `json:"require_special"`
}

type passwordConfigBody struct {
	Can            document.Can `json:"can"`
	passwordConfig `json:",inline"`
}

// A sessionConfig is the vendor's SessionConfig, as stored.
type sessionConfig struct {
	AllowPersistentSessions  bool  `json:"allow_persistent_sessions"`
	SessionMinutes           int64 `json:"session_minutes"`
	UnlimitedSessionsPerUser bool  `json:"unlimited_sessions_per_user"`
	UseInactivityBasedLogout bool  `json:"use_inactivity_based_logout"`
	TrackSessionLocation     bool  `json:"track_session_location"`
}

type sessionConfigBody struct {
	Can           document.Can `json:"can"`
	sessionConfig `json:",inline"`
}

// The settings of a new directory.
func firstPasswordConfig() passwordConfig { return passwordConfig{MinLength: 7} }

func firstSessionConfig() sessionConfig {
	return sessionConfig{AllowPersistentSessions: true, SessionMinutes: 43_200, UnlimitedSessionsPerUser: true}
}

// stored reads settings of the directory into v, and leaves v as it is if none are stored.
func stored(q *protocol.Request, now protocol.Directory, kind string, v any) error {
	facets, err := now.FacetsOf(q.Context(), []directory.Object{document.DirectoryObject()})
	if err != nil {
		return err
	}
	for _, f := range facets[document.DirectoryObject()] {
		if f.Kind == kind {
			return json.Unmarshal([]byte(f.Data), v)
		}
	}
	return nil
}

// store changes settings: change modifies them. Unchanged settings are not written. It returns
// what commit returns.
func store[T comparable](q *protocol.Request, kind string, first T, change func(*T) error) (*directory.Preview, error) {
	return q.CommitPrepared(func(now protocol.Directory) ([]directory.Edit, error) {
		if err := requireSettingsIn(q, now); err != nil {
			return nil, err
		}
		have := first
		if err := stored(q, now, kind, &have); err != nil {
			return nil, err
		}
		next := have
		if err := change(&next); err != nil || next == have {
			return nil, err
		}
		return document.SetFacet(document.DirectoryObject(), kind, httpkit.Some(next))
	})
}

// showPasswordConfig answers with the rules for passwords.
func showPasswordConfig(q *protocol.Request) error {
	if err := requireSettings(q); err != nil {
		return err
	}
	config := firstPasswordConfig()
	if err := stored(q, q.Dir, facetPasswordConfig, &config); err != nil {
		return err
	}
	return q.Reply(passwordConfigBody{document.Can{"show": true, "update": true}, config})
}

func updatePasswordConfig(q *protocol.Request) error {
	var in struct {
		MinLength         httpkit.Optional[int64] `json:"min_length"`
		RequireNumeric    httpkit.LooseBool       `json:"require_numeric"`
		RequireUpperLower httpkit.LooseBool       `json:"require_upperlower"`
		RequireSpecial    httpkit.LooseBool       `json:"require_special"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	first := firstPasswordConfig()
	shown, err := store(q, facetPasswordConfig, first, func(c *passwordConfig) error {
		change(&c.MinLength, in.MinLength, first.MinLength)
		change(&c.RequireNumeric, in.RequireNumeric.Optional, first.RequireNumeric)
		change(&c.RequireUpperLower, in.RequireUpperLower.Optional, first.RequireUpperLower)
		change(&c.RequireSpecial, in.RequireSpecial.Optional, first.RequireSpecial)
		return inRange("min_length", c.MinLength, 7, 100)
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return showPasswordConfig(q)
}

// showSessionConfig answers with the duration of user interface sessions.
func showSessionConfig(q *protocol.Request) error {
	if err := requireSettings(q); err != nil {
		return err
	}
	config := firstSessionConfig()
	if err := stored(q, q.Dir, facetSessionConfig, &config); err != nil {
		return err
	}
	return q.Reply(sessionConfigBody{document.Can{"show": true, "update": true}, config})
}

func updateSessionConfig(q *protocol.Request) error {
	var in struct {
		AllowPersistentSessions  httpkit.LooseBool       `json:"allow_persistent_sessions"`
		SessionMinutes           httpkit.Optional[int64] `json:"session_minutes"`
		UnlimitedSessionsPerUser httpkit.LooseBool       `json:"unlimited_sessions_per_user"`
		UseInactivityBasedLogout httpkit.LooseBool       `json:"use_inactivity_based_logout"`
		TrackSessionLocation     httpkit.LooseBool       `json:"track_session_location"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	first := firstSessionConfig()
	shown, err := store(q, facetSessionConfig, first, func(c *sessionConfig) error {
		change(&c.AllowPersistentSessions, in.AllowPersistentSessions.Optional, first.AllowPersistentSessions)
		change(&c.SessionMinutes, in.SessionMinutes, first.SessionMinutes)
		change(&c.UnlimitedSessionsPerUser, in.UnlimitedSessionsPerUser.Optional, first.UnlimitedSessionsPerUser)
		change(&c.UseInactivityBasedLogout, in.UseInactivityBasedLogout.Optional, first.UseInactivityBasedLogout)
		change(&c.TrackSessionLocation, in.TrackSessionLocation.Optional, first.TrackSessionLocation)
		return inRange("session_minutes", c.SessionMinutes, 5, 43_200)
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return showSessionConfig(q)
}

// change sets what a body names. Null restores the initial value.
func change[T any](v *T, in httpkit.Optional[T], first T) {
	switch {
	case in.Null:
		*v = first
	case in.Set:
		*v = in.Value
	}
}

func inRange(field string, n, least, most int64) error {
	if n < least || n > most {
		return directory.Invalid(field, "must be from %d to %d", least, most)
	}
	return nil
}

// forceResets orders that everybody who has a login e-mail sets a new password.
func forceResets(q *protocol.Request) error {
	shown, err := store(q, document.FacetResetForAll, document.ResetOrder{}, func(order *document.ResetOrder) error {
		*order = document.ResetOrder{Number: order.Number + 1, At: directory.InstantOf(q.Now())}
		return nil
	})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return q.Reply("")
}
