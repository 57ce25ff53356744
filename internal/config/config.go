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
	File string `name:"config" type:"setting" placeholder:"FILE" help:"TOML file with settings: one line per setting, with the name of its flag"`
	Data string `type:"setting" def:"cohort-data" placeholder:"DIR" help:"directory of the data; made if it is not there"`
	// The password in it is never shown.
	Database string `type:"setting" url:"" placeholder:"URL" help:"PostgreSQL database that holds the data instead, such as postgres://user@host/name; the directory then holds the key file only"`
	// Images of changes that are older are pruned; see history.Prune.
	HistoryKeep time.Duration `type:"setting" def:"0s" min:"0s" placeholder:"TIME" help:"that the history is kept, such as 90d: of older changes only who, when and their hash stays; 0 keeps all of it"`
}

// Serving says how the server serves.
type Serving struct {
	Addr             string         `type:"setting" def:"127.0.0.1:19999" placeholder:"HOST:PORT" help:"address to listen on; port 0 takes a free one"`
	AdminAddr        string         `type:"setting" placeholder:"HOST:PORT" help:"second address, for health and metrics alone, over plain HTTP; /metrics is there only, then"`
	PublicURL        string         `name:"public-url" type:"setting" placeholder:"URL" help:"where clients reach the server, if not at its address"`
	PropellerPrefix  string         `type:"setting" placeholder:"PATH" help:"path below which the Propeller format is served as well, such as /propeller"`
	PropellerDocsURL string         `name:"propeller-docs-url" type:"setting" placeholder:"URL" help:"what moreInfo of errors in the Propeller format begins with, if not this server's /docs/errors"`
	KeyFile          string         `type:"setting" placeholder:"FILE" help:"file of the keys that seal hidden values; made if it is not there; without a name it is in the data directory"`
	TLSCert          string         `name:"tls-cert" type:"setting" placeholder:"FILE" help:"certificate to speak TLS with, and those above it, in PEM"`
	TLSKey           string         `name:"tls-key" type:"setting" placeholder:"FILE" help:"its private key, in PEM"`
	AllowedOrigins   string         `type:"setting" placeholder:"ORIGIN,…" help:"origins whose scripts may use the APIs in a browser, such as https://app.example.com"`
	Language         string         `type:"setting" def:"EN" placeholder:"CODE" help:"language of texts that name none"`
	AdminEmail       string         `type:"setting" def:"admin@localhost.localdomain" placeholder:"EMAIL" help:"contact e-mail of the administrator that a new directory gets; empty gives none"`
	LogLevel         slog.Level     `type:"setting" def:"info" placeholder:"LEVEL" help:"debug, info, warn or error"`
	LogFormat        string         `type:"setting" def:"text" oneof:"text,json" placeholder:"FORMAT" help:"text or json"`
	TrustedProxies   []netip.Prefix `type:"setting" placeholder:"CIDR,…" help:"proxies whose X-Forwarded-For is believed"`
	ChainTo          string         `type:"setting" placeholder:"FILE|URL" help:"file that the signed head of the history is appended to every minute, or URL that it is sent to; cohort verify --against compares"`
	PreviewGuard     int            `type:"setting" def:"0" min:"0" placeholder:"PERCENT" help:"share of users, or of groups, above which a change that may affect them needs the token of a preview; 0 asks for none"`
	Metrics          string         `type:"setting" def:"on" oneof:"on,off" placeholder:"on|off" help:"whether to serve /metrics"`
}

// Limits says how much is served at once, and for how long.
type Limits struct {
	ReadTimeout     time.Duration `type:"setting" def:"30s" min:"1s" placeholder:"TIME" help:"to receive a request"`
	WriteTimeout    time.Duration `type:"setting" def:"1m" min:"1s" placeholder:"TIME" help:"to work out and send a reply"`
	IdleTimeout     time.Duration `type:"setting" def:"2m" min:"1s" placeholder:"TIME" help:"that a connection may wait for its next request"`
	ShutdownTimeout time.Duration `type:"setting" def:"20s" min:"0s" placeholder:"TIME" help:"that requests under way get when the server is asked to stop"`
	MaxRequests     int           `type:"setting" def:"256" min:"4" placeholder:"N" help:"requests served at the same time; more wait"`
	MaxConnections  int           `type:"setting" def:"4096" min:"1" placeholder:"N" help:"connections open at the same time; for another, the one that was idle longest is closed"`

	RequestMemory      int           `type:"setting" def:"256" min:"64" placeholder:"MIB" help:"bodies and replies of requests that are held in memory; more wait, or lie in a file until they are sent"`
	CredentialRequests int           `type:"setting" def:"16" min:"0" placeholder:"N" help:"requests of one credential served at the same time; more wait; 0 sets no limit"`
	MaxStale           time.Duration `type:"setting" def:"30s" min:"1s" placeholder:"TIME" help:"that a node that cannot reach the database shared with others answers reads from memory; never to callers who may manage something"`

	AddressConnections int `type:"setting" def:"1024" min:"1" placeholder:"N" help:"the same, of one address that is no trusted proxy"`
}

// Rates says how fast clients may ask, and when guessing is stopped.
type Rates struct {
	CredentialRate        int `type:"setting" def:"200" min:"0" placeholder:"N" help:"requests a second with one credential; 0 sets no limit"`
	CredentialBurst       int `type:"setting" def:"1000" min:"1" placeholder:"N" help:"the same, at once after a pause"`
	CredentialCost        int `type:"setting" def:"5000" min:"0" placeholder:"N" help:"units of cost a second, of one credential and of one user: an edit, 100 users looked at or 64 KiB are one; 0 sets no limit"`
	CredentialCostBurst   int `type:"setting" def:"50000" min:"1" placeholder:"N" help:"the same, at once after a pause"`
	HistoryBudget         int `type:"setting" def:"16" min:"0" placeholder:"MIB" help:"that the changes of one user may add to the history in a day (UTC); 0 sets no limit"`
	HistoryBudgetManaging int `type:"setting" def:"4096" min:"0" placeholder:"MIB" help:"the same, of a user who may manage something; administrators have no limit"`

	AddressRate          int           `type:"setting" def:"1000" min:"0" placeholder:"N" help:"requests a second from one address; 0 sets no limit"`
	AddressBurst         int           `type:"setting" def:"5000" min:"1" placeholder:"N" help:"the same, at once after a pause"`
	CredentialTokens     int           `type:"setting" def:"1000" min:"0" placeholder:"N" help:"tokens of one credential that are good at the same time; for another, the one that was used the longest ago ends; 0 sets no limit"`
	LoginFailures        int           `type:"setting" def:"10" min:"1" placeholder:"N" help:"wrong secrets for a client id from one address, before more are slowed down"`
	AddressLoginFailures int           `type:"setting" def:"100" min:"1" placeholder:"N" help:"failed logins from one address, before more are slowed down"`
	LoginLock            time.Duration `type:"setting" def:"15m" min:"1s" placeholder:"TIME" help:"that failed logins are remembered"`
}

// People says how people use the console.
type People struct {
	Console        string        `type:"setting" def:"on" oneof:"on,off" placeholder:"on|off" help:"whether to serve the console at /ui/"`
	ConsoleSession time.Duration `type:"setting" def:"12h" min:"1m" placeholder:"TIME" help:"that a person stays signed in to the console at most"`
	ConsoleIdle    time.Duration `type:"setting" def:"30m" min:"1m" placeholder:"TIME" help:"that a person stays signed in to the console without doing anything"`
	SignIn         string        `type:"setting" placeholder:"FILE" help:"TOML file of the identity providers that people sign in with, one table each; needs public-url"`
	SignInLinks    string        `type:"setting" def:"on" oneof:"on,off" placeholder:"on|off" help:"whether cohort sign-in-link works"`
}

// Secrets come from the environment only: others can read the arguments of a
// process, and files are copied.
type Secrets struct {
	ClientID     string `kong:"-" env:"only" secret:"" help:"client id of the administrator that a new directory gets"`
	ClientSecret string `kong:"-" env:"only" secret:"" help:"its client secret"`
	// SignInSecrets are name=secret, separated by commas.
	SignInSecrets string `kong:"-" env:"only" secret:"" help:"client secrets of the identity providers: NAME=SECRET, separated by commas"`
	Key           string `kong:"-" env:"only" secret:"" help:"key that seals hidden values, instead of the key file"`
}
