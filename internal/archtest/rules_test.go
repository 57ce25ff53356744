package archtest

// allowed says which packages of ours each package may import outside its
// tests. A package that is not listed may not exist: adding one is a decision,
// and this is where it is written down. Imports point down: cmd, app, server,
// dialects, core, resolve and store, directory.
func allowed() map[string][]string {
	return map[string][]string{
		"internal/directory":       {},
		"internal/admission":       {"internal/directory"},
		"internal/resolve":         {"internal/directory"},
		"internal/store":           {"internal/directory"},
		"internal/effort":          {},
		"internal/store/storetest": {"internal/directory", "internal/effort", "internal/store", "internal/store/memstore"},
		"internal/store/memstore":  {"internal/directory", "internal/store"},
		"internal/store/rewind":    {"internal/directory", "internal/store"},
		"internal/store/sqlstore":  {"internal/directory", "internal/store"},
		"internal/store/sqlite":    {"internal/store", "internal/store/sqlstore", "internal/store/atomicfile"},
		"internal/store/sqlite/sqlitetest": {
			"internal/store/sqlite",
		},
		"internal/store/postgres": {"internal/directory", "internal/store", "internal/store/sqlstore",
			"internal/store/atomicfile"},
		"internal/record":   {"internal/directory", "internal/store"},
		"internal/transfer": {"internal/directory", "internal/store", "internal/record"},
		"internal/seal":     {"internal/directory"},
		"internal/sample":   {"internal/directory", "internal/store", "internal/record"},
		"internal/userset":  {"internal/directory"},
		"internal/impact": {"internal/directory", "internal/admission", "internal/resolve", "internal/record",
			"internal/store", "internal/userset"},
		"internal/state": {"internal/directory", "internal/resolve", "internal/record", "internal/store",
			"internal/store/rewind"},
		"internal/working": {"internal/directory", "internal/resolve", "internal/state", "internal/store"},
		"internal/outcome": {"internal/directory", "internal/resolve", "internal/state", "internal/store",
			"internal/working"},
		"internal/plan": {"internal/directory", "internal/outcome", "internal/record", "internal/resolve",
			"internal/state", "internal/store", "internal/working"},
		"internal/replica": {"internal/directory", "internal/record", "internal/state", "internal/store"},
		"internal/core": {
			"internal/directory", "internal/admission", "internal/impact", "internal/plan", "internal/resolve", "internal/state",
			"internal/store",
			"internal/outcome", "internal/record", "internal/replica", "internal/working",
		},
		"internal/core/coretest": {
			"internal/directory", "internal/core", "internal/effort", "internal/store", "internal/store/memstore",
			"internal/view",
		},
		"internal/view": {
			"internal/directory", "internal/admission", "internal/core", "internal/impact", "internal/plan", "internal/resolve",
			"internal/state", "internal/store",
			"internal/store/rewind", "internal/userset",
		},
		"internal/inspect": {
			"internal/directory", "internal/admission", "internal/impact", "internal/store", "internal/userset",
			"internal/view",
		},
		"internal/verify": {
			"internal/directory", "internal/core", "internal/plan", "internal/record", "internal/resolve", "internal/store",
		},
		"internal/importer": {
			"internal/directory", "internal/core", "internal/plan", "internal/record", "internal/resolve", "internal/state",
			"internal/store", "internal/userset", "internal/working",
		},
		"internal/history": {"internal/directory", "internal/record", "internal/resolve", "internal/store",
			"internal/view"},
		"internal/auth":           {"internal/directory", "internal/admission", "internal/store", "internal/seal"},
		"internal/httpkit":        {"internal/directory", "internal/admission"},
		"internal/httpkit/golden": {},
		"internal/render":         {"internal/directory"},
		"internal/editjson":       {"internal/directory"},
		"internal/dialect":        {"internal/directory", "internal/view", "internal/httpkit"},
		"internal/dialect/dialecttest": {
			"internal/auth", "internal/core", "internal/dialect", "internal/directory", "internal/httpkit", "internal/store",
			"internal/store/memstore", "internal/view",
		},
		"internal/looker": {"internal/directory", "internal/httpkit", "internal/looker/document", "internal/looker/login",
			"internal/looker/protocol", "internal/looker/query", "internal/looker/role"},
		"internal/looker/login": {"internal/directory", "internal/httpkit", "internal/looker/document",
			"internal/looker/protocol", "internal/looker/query"},
		"internal/looker/role": {"internal/directory", "internal/httpkit", "internal/looker/document",
			"internal/looker/protocol", "internal/looker/query"},
		"internal/looker/document": {"internal/directory", "internal/httpkit", "internal/looker/protocol",
			"internal/looker/query"},
		"internal/looker/protocol": {"internal/directory", "internal/view", "internal/dialect", "internal/httpkit",
			"internal/render", "internal/looker/query"},
		"internal/looker/query": {"internal/directory", "internal/httpkit"},
		"internal/propeller": {"internal/directory", "internal/view", "internal/dialect", "internal/httpkit",
			"internal/render", "internal/propeller/bulk", "internal/propeller/document", "internal/propeller/fault",
			"internal/propeller/schema"},
		"internal/propeller/bulk": {"internal/directory", "internal/view", "internal/dialect", "internal/render",
			"internal/propeller/document", "internal/propeller/fault", "internal/propeller/schema"},
		"internal/propeller/document": {"internal/directory", "internal/httpkit", "internal/propeller/fault",
			"internal/propeller/schema"},
		"internal/propeller/schema": {"internal/propeller/fault"},
		"internal/propeller/fault":  {"internal/directory", "internal/dialect", "internal/httpkit"},
		"internal/scim": {"internal/directory", "internal/httpkit", "internal/render", "internal/scim/clients",
			"internal/scim/groups", "internal/scim/protocol", "internal/scim/resource", "internal/scim/users"},
		"internal/scim/groups": {"internal/directory", "internal/httpkit", "internal/scim/clients",
			"internal/scim/protocol", "internal/scim/resource", "internal/scim/users"},
		"internal/scim/users": {"internal/directory", "internal/history", "internal/httpkit", "internal/scim/clients",
			"internal/scim/protocol", "internal/scim/resource"},
		"internal/scim/protocol": {"internal/directory", "internal/view", "internal/dialect", "internal/httpkit",
			"internal/render", "internal/scim/clients", "internal/scim/resource"},
		"internal/scim/clients": {"internal/directory", "internal/view", "internal/dialect", "internal/httpkit",
			"internal/scim/resource", "internal/store"},
		"internal/scim/resource": {"internal/directory", "internal/dialect"},
		"internal/oauth":         {"internal/directory", "internal/httpkit"},
		"internal/native": {"internal/directory", "internal/editjson", "internal/history", "internal/inspect",
			"internal/view", "internal/dialect", "internal/httpkit", "internal/render", "internal/intake",
			"internal/native/cache", "internal/native/stored"},
		"internal/native/cache":  {"internal/directory", "internal/view"},
		"internal/native/stored": {"internal/directory", "internal/view", "internal/render"},
		"internal/signin":        {"internal/directory", "internal/store"},
		"internal/console": {
			"internal/console/access", "internal/console/attributes", "internal/console/changes",
			"internal/console/drafts", "internal/console/findings", "internal/console/groups", "internal/console/home",
			"internal/console/imports", "internal/console/pagekit", "internal/console/search", "internal/console/signin",
			"internal/console/system", "internal/console/users", "internal/console/why", "internal/directory",
		},
		"internal/console/access": {
			"internal/console/draft", "internal/console/drafting", "internal/console/groups", "internal/console/pagekit",
			"internal/console/sentence", "internal/console/users", "internal/directory", "internal/httpkit",
			"internal/render",
		},
		"internal/console/attributes": {
			"internal/console/changes", "internal/console/diagram", "internal/console/draft",
			"internal/console/drafting", "internal/console/pagekit", "internal/console/sentence",
			"internal/console/values", "internal/directory", "internal/inspect", "internal/render",
		},
		"internal/console/changes": {
			"internal/console/drafting", "internal/console/pagekit", "internal/console/search",
			"internal/console/sentence", "internal/directory", "internal/history", "internal/httpkit", "internal/render",
		},
		"internal/console/diagram": {"internal/render"},
		"internal/console/draft":   {"internal/directory"},
		"internal/console/drafting": {
			"internal/console/draft", "internal/console/pagekit", "internal/console/sentence", "internal/directory",
		},
		"internal/console/drafts": {
			"internal/console/changes", "internal/console/draft", "internal/console/drafting",
			"internal/console/pagekit", "internal/console/sentence", "internal/declared", "internal/desired",
			"internal/directory", "internal/history", "internal/httpkit", "internal/intake",
		},
		"internal/console/findings": {
			"internal/console/draft", "internal/console/drafting", "internal/console/pagekit",
			"internal/console/sentence", "internal/directory", "internal/inspect",
		},
		"internal/console/groups": {
			"internal/console/changes", "internal/console/draft", "internal/console/drafting",
			"internal/console/pagekit", "internal/console/search", "internal/console/sentence", "internal/console/users",
			"internal/console/values", "internal/directory",
		},
		"internal/console/home": {
			"internal/console/changes", "internal/console/findings", "internal/console/pagekit", "internal/directory",
			"internal/history", "internal/inspect",
		},
		"internal/console/imports": {
			"internal/console/pagekit", "internal/console/sentence", "internal/directory", "internal/httpkit",
			"internal/intake", "internal/render",
		},
		"internal/console/pagekit": {
			"internal/console/draft", "internal/console/sentence", "internal/dialect", "internal/directory",
			"internal/history", "internal/httpkit", "internal/intake", "internal/view",
		},
		"internal/console/search":   {"internal/console/pagekit", "internal/console/sentence", "internal/directory"},
		"internal/console/sentence": {"internal/directory", "internal/render"},
		"internal/console/signin":   {"internal/console/pagekit", "internal/directory", "internal/httpkit"},
		"internal/console/system":   {"internal/console/pagekit", "internal/directory"},
		"internal/console/users": {
			"internal/console/changes", "internal/console/draft", "internal/console/drafting",
			"internal/console/pagekit", "internal/console/search", "internal/console/sentence",
			"internal/console/values", "internal/directory",
		},
		"internal/console/values": {
			"internal/console/drafting", "internal/console/pagekit", "internal/console/sentence", "internal/directory",
		},
		"internal/console/why": {
			"internal/console/changes", "internal/console/diagram", "internal/console/drafting",
			"internal/console/groups", "internal/console/pagekit", "internal/console/search",
			"internal/console/sentence", "internal/console/users", "internal/console/values", "internal/directory",
			"internal/history", "internal/render",
		},
		"internal/lookercopy": {"client", "internal/directory", "internal/desired"},
		"internal/desired":    {"internal/directory", "internal/record"},
		"internal/declared":   {"internal/directory", "internal/desired"},
		"internal/foreign":    {"internal/directory", "internal/desired"},
		"internal/table":      {"internal/directory", "internal/desired"},
		"internal/apply":      {"internal/directory", "internal/desired"},
		"internal/reconcile": {"internal/directory", "internal/desired", "internal/apply", "internal/record",
			"client"},
		"internal/intake": {"internal/directory", "internal/desired", "internal/table", "internal/foreign",
			"internal/apply", "internal/store", "internal/view"},
		"internal/server":           {"internal/directory", "internal/httpkit"},
		"internal/apidocs":          {},
		"internal/metrics":          {"internal/httpkit"},
		"internal/config":           {"internal/directory"},
		"internal/load":             {"client"},
		"internal/archtest":         {},
		"internal/store/atomicfile": {"internal/directory"},
		// It migrates what it starts.
		"internal/store/postgres/pgtest": {"internal/store", "internal/store/postgres"},
		// app is the only place that picks implementations.
		"internal/app": {
			"internal/admission", "internal/apidocs", "internal/signin", "internal/console", "internal/console/pagekit",
			"internal/directory", "internal/editjson", "internal/store", "internal/store/sqlite", "internal/store/postgres",
			"internal/record", "internal/seal", "internal/plan", "internal/core", "internal/replica", "internal/view",
			"internal/auth", "internal/dialect", "internal/history", "internal/httpkit", "internal/looker", "internal/propeller",
			"internal/native", "internal/oauth", "internal/scim", "internal/scim/clients",
			"internal/server", "internal/metrics", "internal/config", "internal/declared",
			"internal/desired", "internal/reconcile",
			"internal/intake", "api", "client",
		},
		"cmd/cohort": {
			"client", "cmd/cohort/internal/access", "cmd/cohort/internal/changes", "cmd/cohort/internal/cli",
			"cmd/cohort/internal/files", "cmd/cohort/internal/imports", "cmd/cohort/internal/object",
			"cmd/cohort/internal/operate", "cmd/cohort/internal/query", "cmd/cohort/internal/serve", "internal/app",
			"internal/config", "internal/directory", "internal/screen",
		},
		"cmd/cohort/internal/cli": {
			"client", "internal/app", "internal/config", "internal/desired", "internal/directory",
			"internal/screen", "internal/store/sqlite",
		},
		"cmd/cohort/internal/job": {
			"cmd/cohort/internal/cli", "internal/apply", "internal/desired", "internal/reconcile",
		},
		"cmd/cohort/internal/exportfile": {"internal/transfer"},
		"cmd/cohort/internal/object":     {"client", "cmd/cohort/internal/cli", "internal/screen"},
		"cmd/cohort/internal/access": {
			"client", "cmd/cohort/internal/cli", "internal/app", "internal/config", "internal/directory",
			"internal/screen",
		},
		"cmd/cohort/internal/query": {"client", "cmd/cohort/internal/cli", "internal/screen"},
		"cmd/cohort/internal/changes": {
			"client", "cmd/cohort/internal/cli", "cmd/cohort/internal/job", "internal/config", "internal/screen",
		},
		"cmd/cohort/internal/files": {
			"client", "cmd/cohort/internal/cli", "cmd/cohort/internal/exportfile", "cmd/cohort/internal/job",
			"internal/app", "internal/apply", "internal/config", "internal/declared", "internal/desired",
			"internal/directory", "internal/reconcile", "internal/screen", "internal/store",
			"internal/store/sqlite", "internal/transfer",
		},
		"cmd/cohort/internal/imports": {
			"client", "cmd/cohort/internal/cli", "cmd/cohort/internal/exportfile", "cmd/cohort/internal/job",
			"internal/app", "internal/apply", "internal/config", "internal/core", "internal/desired",
			"internal/directory", "internal/foreign", "internal/importer", "internal/intake", "internal/lookercopy",
			"internal/reconcile", "internal/table", "internal/transfer",
		},
		"cmd/cohort/internal/serve": {
			"cmd/cohort/internal/cli", "internal/app", "internal/config", "internal/directory", "internal/editjson",
			"internal/record", "internal/render",
		},
		"cmd/cohort/internal/operate": {
			"cmd/cohort/internal/cli", "internal/app", "internal/config", "internal/core", "internal/directory",
			"internal/load", "internal/screen", "internal/store", "internal/store/sqlite", "internal/transfer",
			"internal/verify",
		},
		"internal/screen":              {},
		"internal/archtest/testreport": {},
		"internal/archtest/mutate":     {},
		"api":                          {},
		"api/apicheck":                 {"api"},
		"client":                       {},
		"e2e":                          {},
		"perf": {
			"perf/attacks", "perf/constant", "perf/growth", "perf/lab", "perf/large", "perf/measure",
			"perf/requests", "perf/rivals", "perf/storage",
		},
		"perf/lab": {
			"internal/core", "internal/directory", "internal/importer", "internal/plan", "internal/sample",
			"internal/store", "internal/store/postgres", "internal/store/postgres/pgtest", "internal/store/sqlite",
			"internal/view", "perf/measure",
		},
		"perf/constant": {
			"internal/app", "internal/config", "internal/dialect", "internal/directory", "internal/httpkit",
			"perf/lab", "perf/measure",
		},
		"perf/requests": {
			"internal/core", "internal/directory", "internal/sample", "perf/constant", "perf/lab", "perf/measure",
		},
		"perf/rivals": {
			"internal/core", "internal/directory", "internal/sample", "perf/lab", "perf/measure",
		},
		"perf/attacks": {"internal/directory", "internal/sample", "perf/lab", "perf/measure"},
		"perf/growth": {
			"internal/core", "internal/directory", "internal/sample", "perf/lab", "perf/measure",
		},
		"perf/storage": {
			"internal/core", "internal/directory", "internal/sample", "internal/store", "internal/store/sqlite",
			"internal/transfer", "perf/lab", "perf/measure",
		},
		"perf/large": {
			"internal/core", "internal/directory", "internal/history", "internal/inspect", "internal/sample",
			"perf/lab", "perf/measure",
		},
		"perf/measure": {},
	}
}

// testOnly are the packages that only tests import: of ours, and others.
func testOnly() []string {
	return []string{
		"cohort/internal/core/coretest",
		"cohort/internal/dialect/dialecttest",
		"cohort/internal/effort",
		"cohort/internal/httpkit/golden",
		"cohort/internal/sample",
		"cohort/internal/store/memstore",
		"cohort/internal/store/postgres/pgtest",
		"cohort/internal/store/sqlite/sqlitetest",
		"cohort/internal/store/storetest",
		"github.com/chromedp/cdproto",
		"github.com/chromedp/chromedp",
		"github.com/getkin/kin-openapi",
		"github.com/golang-jwt/jwt",
		"github.com/google/go-cmp",
		"github.com/oauth2-proxy/mockoidc",
		"github.com/looker-open-source/sdk-codegen",
		"github.com/rogpeppe/go-internal",
		"go.uber.org/goleak",
		"net/http/httptest",
		"pgregory.net/rapid",
		"testing",
	}
}

// testHelpers are the packages that exist for tests, and so may import
// whatever is not ours.
func testHelpers() []string {
	return []string{"internal/core/coretest", "internal/dialect/dialecttest", "internal/effort",
		"internal/store/storetest", "internal/store/postgres/pgtest", "internal/store/sqlite/sqlitetest",
		"internal/httpkit/golden", "api/apicheck", "e2e", "perf", "perf/attacks", "perf/constant", "perf/growth", "perf/lab",
		"perf/large", "perf/measure", "perf/requests", "perf/rivals", "perf/storage"}
}

// onlyIn says which of our packages may import something that is not ours,
// outside their tests. A name that ends in a slash covers all below it.
func onlyIn() map[string][]string {
	return map[string][]string{
		"database/sql":               {"internal/store/sqlstore", "internal/store/sqlite", "internal/store/postgres"},
		"modernc.org/":               {"internal/store/sqlite"},
		"github.com/jackc/":          {"internal/store/postgres"},
		"github.com/pressly/goose/":  {"internal/store/sqlite", "internal/store/postgres"},
		"github.com/prometheus/":     {"internal/metrics"},
		"github.com/alecthomas/kong": {"internal/config", "cmd/cohort"},
		"github.com/coreos/go-oidc/": {"internal/signin"},
		"golang.org/x/oauth2":        {"internal/signin"},
		"github.com/BurntSushi/toml": {"internal/config", "cmd/cohort/internal/imports"},
		"golang.org/x/time/":         {"internal/auth"},
		"golang.org/x/term":          {"internal/screen", "cmd/cohort/internal/cli"},
		"golang.org/x/crypto/":       {"internal/seal"},
		"golang.org/x/text/":         {"internal/directory"},
		"go.yaml.in/yaml/":           {"internal/declared", "internal/apidocs"},
		"net/http": {"internal/apidocs", "internal/signin", "internal/console", "internal/console/access",
			"internal/console/attributes", "internal/console/drafts", "internal/console/imports", "internal/console/pagekit",
			"internal/console/signin", "internal/httpkit",
			"internal/httpkit/golden", "internal/dialect", "internal/looker", "internal/looker/login",
			"internal/looker/protocol", "internal/propeller", "internal/propeller/bulk",
			"internal/propeller/fault", "internal/native",
			"internal/oauth", "internal/scim", "internal/scim/clients", "internal/scim/groups", "internal/scim/protocol",
			"internal/scim/resource", "internal/scim/users",
			"internal/server", "internal/metrics", "internal/lookercopy", "internal/load",
			"internal/reconcile", "internal/app", "cmd/cohort", "cmd/cohort/internal/access", "cmd/cohort/internal/changes",
			"cmd/cohort/internal/cli", "cmd/cohort/internal/object", "cmd/cohort/internal/operate",
			"cmd/cohort/internal/query", "cmd/cohort/internal/serve", "client"},
		"os": {"internal/effort", "internal/httpkit", "internal/httpkit/golden", "internal/store/memstore",
			"internal/store/storetest", "internal/store/sqlite", "internal/store/sqlite/sqlitetest",
			"internal/store/postgres", "internal/store/atomicfile",
			"internal/seal", "internal/config", "internal/app", "internal/screen", "cmd/cohort",
			"cmd/cohort/internal/cli", "cmd/cohort/internal/exportfile", "cmd/cohort/internal/files",
			"cmd/cohort/internal/imports", "cmd/cohort/internal/job",
			"cmd/cohort/internal/operate", "cmd/cohort/internal/serve", "internal/archtest/testreport",
			"internal/archtest/mutate"},
		"embed": {"internal/apidocs", "internal/console", "internal/store/sqlite",
			"internal/store/postgres", "api", "cmd/cohort/internal/serve"},
		"github.com/go-json-experiment/": {"internal/record", "internal/editjson", "internal/transfer", "internal/core",
			"internal/impact", "internal/httpkit", "internal/looker", "internal/looker/document", "internal/looker/login",
			"internal/looker/protocol", "internal/looker/query", "internal/propeller", "internal/propeller/bulk",
			"internal/propeller/document", "internal/propeller/schema", "internal/native", "internal/scim",
			"internal/scim/clients", "internal/scim/groups", "internal/scim/protocol", "internal/scim/resource",
			"internal/scim/users", "internal/render", "cmd/cohort/internal/operate"},
		"unsafe":         {},
		"net/http/pprof": {},
	}
}

// pure are the packages without input, output, clocks and goroutines of their
// own: what they compute depends on what they are given, and on nothing else.
func pure() []string {
	return []string{"internal/directory", "internal/resolve", "internal/record", "internal/render", "internal/editjson",
		"internal/declared", "internal/desired"}
}

const (
	maxPackageLines  = 5000 // lines of a package outside tests: one idea
	maxFileLines     = 500  // lines of a file that is no test
	maxColumns       = 120  // columns of a line, where a tab is one
	maxFunctionLines = 60   // lines of a function that is no test
)
