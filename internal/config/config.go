// Package config turns flags, environment and a TOML file into the settings of
// the program, and can say where each came from.
//
// It knows names, forms and limits of settings; it does not know the parts
// that they configure, and opens nothing but the configuration file.
package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// A Config is every setting. A setting `read-timeout` is the flag
// --read-timeout, the environment variable COHORT_READ_TIMEOUT and the key
// read-timeout of the file; the first of them that is there decides, else the
// default.
//
// The tags: def is the default, env:"only" marks what is never a flag nor in a
// file, secret marks what is never shown, url a URL that is shown without its
// password; the others are kong's.
type Config struct {
	Storage `embed:""`
	Serving `embed:""`
	Limits  `embed:"" group:"Limits"`
	Rates   `embed:"" group:"Rates"`
	People  `embed:"" group:"Console"`
	Secrets `embed:""`
}

// Storage says where the data is.
type Storage struct {
	File string `name:"config" type:"setting" placeholder:"FILE" help:"TOML file with settings, one line each, named like the flags"`
	Data string `type:"setting" def:"cohort-data" placeholder:"DIR" help:"data directory, created if it does not exist"`
	// The password in it is never shown.
	Database string `type:"setting" url:"" placeholder:"URL" help:"PostgreSQL database for the data, such as postgres://user@host/name; the data directory then holds only the key file"`
	// Images of changes that are older are pruned; see history.Prune.
	HistoryKeep time.Duration `type:"setting" def:"0s" min:"0s" placeholder:"TIME" help:"time that the history is kept, such as 90d; of older changes only author, time and hash stay; 0 keeps everything"`
}

// Serving says how the server serves.
type Serving struct {
	Addr             string         `type:"setting" def:"127.0.0.1:19999" placeholder:"HOST:PORT" help:"address to listen on; port 0 takes a free one"`
	AdminAddr        string         `type:"setting" placeholder:"HOST:PORT" help:"second address for health and metrics, over plain HTTP; the main address then serves no metrics"`
	PublicURL        string         `name:"public-url" type:"setting" placeholder:"URL" help:"URL at which clients reach the server; default: its address"`
	PropellerPrefix  string         `type:"setting" placeholder:"PATH" help:"second path of the Propeller format, such as /propeller"`
	PropellerDocsURL string         `name:"propeller-docs-url" type:"setting" placeholder:"URL" help:"prefix of moreInfo in errors of the Propeller format; default: this server's /docs/errors"`
	KeyFile          string         `type:"setting" placeholder:"FILE" help:"file of the keys that seal hidden values, created if it does not exist; default: in the data directory"`
	TLSCert          string         `name:"tls-cert" type:"setting" placeholder:"FILE" help:"TLS certificate and its chain, in PEM"`
	TLSKey           string         `name:"tls-key" type:"setting" placeholder:"FILE" help:"private key of the certificate, in PEM"`
	AllowedOrigins   string         `type:"setting" placeholder:"ORIGIN,…" help:"origins whose scripts may use the APIs in a browser, such as https://app.example.com"`
	Language         string         `type:"setting" def:"EN" placeholder:"CODE" help:"language of texts without a language"`
	AdminEmail       string         `type:"setting" def:"admin@localhost.localdomain" placeholder:"EMAIL" help:"contact e-mail of the administrator of a new directory; may be empty"`
	LogLevel         slog.Level     `type:"setting" def:"info" placeholder:"LEVEL" help:"debug, info, warn or error"`
	LogFormat        string         `type:"setting" def:"text" oneof:"text,json" placeholder:"FORMAT" help:"text or json"`
	TrustedProxies   []netip.Prefix `type:"setting" placeholder:"CIDR,…" help:"proxies whose X-Forwarded-For is trusted"`
	ChainTo          string         `type:"setting" placeholder:"FILE|URL" help:"file that the signed head of the history is appended to every minute, or URL that it is sent to; for cohort verify --against"`
	PreviewGuard     int            `type:"setting" def:"0" min:"0" placeholder:"PERCENT" help:"share of users or groups that a change may affect without the token of a preview; 0 never needs one"`
	Metrics          string         `type:"setting" def:"on" oneof:"on,off" placeholder:"on|off" help:"serve /metrics"`
}

// Limits says how much is served at once, and for how long.
type Limits struct {
	ReadTimeout     time.Duration `type:"setting" def:"30s" min:"1s" placeholder:"TIME" help:"time to receive a request"`
	WriteTimeout    time.Duration `type:"setting" def:"1m" min:"1s" placeholder:"TIME" help:"time to compute and send a reply"`
	IdleTimeout     time.Duration `type:"setting" def:"2m" min:"1s" placeholder:"TIME" help:"time that a connection may be idle"`
	ShutdownTimeout time.Duration `type:"setting" def:"20s" min:"0s" placeholder:"TIME" help:"time for requests in progress when the server stops"`
	MaxRequests     int           `type:"setting" def:"256" min:"4" placeholder:"N" help:"concurrent requests; more wait"`
	MaxConnections  int           `type:"setting" def:"4096" min:"1" placeholder:"N" help:"maximum number of open connections; beyond it, the connection that has been idle longest is closed"`

	RequestMemory      int           `type:"setting" def:"256" min:"64" placeholder:"MIB" help:"memory for bodies and replies of requests; beyond it bodies wait, and replies lie in a file until they are sent"`
	CredentialRequests int           `type:"setting" def:"16" min:"0" placeholder:"N" help:"concurrent requests of one credential; more wait; 0 means no limit"`
	MaxStale           time.Duration `type:"setting" def:"30s" min:"1s" placeholder:"TIME" help:"time that a node without connection to the shared database answers reads from memory; never for callers who may manage something"`

	AddressConnections int `type:"setting" def:"1024" min:"1" placeholder:"N" help:"maximum number of open connections from one address that is not a trusted proxy"`
}

// Rates says how fast clients may ask, and when guessing is stopped.
type Rates struct {
	CredentialRate        int `type:"setting" def:"200" min:"0" placeholder:"N" help:"requests a second with one credential; 0 means no limit"`
	CredentialBurst       int `type:"setting" def:"1000" min:"1" placeholder:"N" help:"size of a burst after a pause"`
	CredentialCost        int `type:"setting" def:"5000" min:"0" placeholder:"N" help:"units of cost a second for one credential and one user; a unit is an edit, 100 examined users or 64 KiB; 0 means no limit"`
	CredentialCostBurst   int `type:"setting" def:"50000" min:"1" placeholder:"N" help:"size of a burst after a pause"`
	HistoryBudget         int `type:"setting" def:"16" min:"0" placeholder:"MIB" help:"bytes that the changes of one user may add to the history in a day (UTC); 0 means no limit"`
	HistoryBudgetManaging int `type:"setting" def:"4096" min:"0" placeholder:"MIB" help:"the same for users who may manage something; administrators have no limit"`

	AddressRate          int           `type:"setting" def:"1000" min:"0" placeholder:"N" help:"requests a second from one address; 0 means no limit"`
	AddressBurst         int           `type:"setting" def:"5000" min:"1" placeholder:"N" help:"size of a burst after a pause"`
	CredentialTokens     int           `type:"setting" def:"1000" min:"0" placeholder:"N" help:"valid tokens of one credential; one more ends the token that was used longest ago; 0 means no limit"`
	LoginFailures        int           `type:"setting" def:"10" min:"1" placeholder:"N" help:"wrong secrets for a client id from one address before further ones are slowed down"`
	AddressLoginFailures int           `type:"setting" def:"100" min:"1" placeholder:"N" help:"failed logins from one address before further ones are slowed down"`
	LoginLock            time.Duration `type:"setting" def:"15m" min:"1s" placeholder:"TIME" help:"time that failed logins are remembered"`
}

// People says how people use the console.
type People struct {
	Console        string        `type:"setting" def:"on" oneof:"on,off" placeholder:"on|off" help:"serve the console at /ui/"`
	ConsoleSession time.Duration `type:"setting" def:"12h" min:"1m" placeholder:"TIME" help:"maximum duration of a console session"`
	ConsoleIdle    time.Duration `type:"setting" def:"30m" min:"1m" placeholder:"TIME" help:"time after which an idle console session ends"`
	SignIn         string        `type:"setting" placeholder:"FILE" help:"TOML file of the identity providers for signing in, one table each; needs public-url"`
	SignInLinks    string        `type:"setting" def:"on" oneof:"on,off" placeholder:"on|off" help:"allow cohort sign-in-link"`
}

// Secrets come from the environment only: others can read the arguments of a
// process, and files are copied.
type Secrets struct {
	ClientID     string `kong:"-" env:"only" secret:"" help:"client id of the administrator of a new directory"`
	ClientSecret string `kong:"-" env:"only" secret:"" help:"client secret of that administrator"`
	// SignInSecrets are name=secret, separated by commas.
	SignInSecrets string `kong:"-" env:"only" secret:"" help:"client secrets of the identity providers: NAME=SECRET, separated by commas"`
	Key           string `kong:"-" env:"only" secret:"" help:"key that seals hidden values, in place of the key file"`
}
