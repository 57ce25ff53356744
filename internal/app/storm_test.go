package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cohort/internal/app"
	"cohort/internal/config"
)

// A site is a served directory, with the token of its administrator.
type site struct {
	t     *testing.T
	app   *app.App
	token string
}

func serve(t *testing.T, flags config.Flags) *site {
	t.Helper()
	if flags == nil {
		flags = config.Flags{}
	}
	flags["addr"] = "127.0.0.1:0"
	return serving(t, open(t, settings(t, flags), app.Options{InMemory: true}))
}

// serving serves a directory that is new until the test ends.
func serving(t *testing.T, a *app.App) *site {
	t.Helper()
	if err := a.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	_, bearer := token(t, a.Handler(), a.Made()[0])
	return &site{t, a, bearer}
}

// An answer is what a server said.
type answer struct {
	status int
	header http.Header
}

// ask makes a request on a connection of its own.
func (s *site) ask(method, path, bearer, body string, headers ...string) (answer, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.app.BaseURL()+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header}, string(text)
}

// userToken makes a user without a permission, and logs it in.
func (s *site) userToken() string {
	s.t.Helper()
	_, body := s.ask("POST", "/v1/changes", s.token,
		`{"edits":[{"edit":"create_user","first_name":"Ada"},{"edit":"create_api_credential","user":"$0","client_id":"ordinary"}]}`)
	_, rest, _ := strings.Cut(body, `"secret":"`)
	secret, _, _ := strings.Cut(rest, `"`)
	_, bearer := token(s.t, s.app.Handler(), app.Credential{ClientID: "ordinary", Secret: secret})
	if bearer == "" {
		s.t.Fatalf("no credential of a user in %s", body)
	}
	return bearer
}

// send opens a connection and writes what a hostile client does.
func (s *site) send(text string) net.Conn {
	s.t.Helper()
	c, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.app.Addr())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// othersAreServed asks what others ask while an attack is under way.
func (s *site) othersAreServed() {
	s.t.Helper()
	for _, ask := range []struct{ method, path, body string }{
		{"GET", "/healthz", ""}, {"GET", "/v1/me", ""}, {"GET", "/v1/users/1/effective", ""},
		{"POST", "/v1/changes", `{"edits":[{"edit":"create_group","name":"during the attack"}]}`},
	} {
		if resp, body := s.ask(ask.method, ask.path, s.token, ask.body); resp.status >= 300 {
			s.t.Errorf("%s %s: %d %s", ask.method, ask.path, resp.status, body)
		}
	}
}

func TestBodiesThatAreNotSentHoldNoTurn(t *testing.T) {
	s := serve(t, config.Flags{"max-requests": "4", "credential-requests": "0"})
	for range 20 {
		s.send("POST /v1/changes HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " + s.token +
			"\r\nContent-Length: 1000\r\n\r\n{")
		s.send("POST /api/4.0/login HTTP/1.1\r\nHost: h\r\nContent-Type: " +
			"application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nc")
	}
	s.othersAreServed()
}

func TestLoginsAreServedWhileStrangersHoldEveryPlaceOfTheirs(t *testing.T) {
	s := serve(t, nil)
	for range 64 {
		s.send("POST /api/4.0/login HTTP/1.1\r\nHost: h\r\nContent-Type: " +
			"application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nc")
	}
	s.othersAreServed()
}

func TestRepliesThatNobodyReadsHoldNoTurn(t *testing.T) {
	s := serve(t, config.Flags{"max-requests": "4", "credential-requests": "0", "request-memory": "64"})
	edits := []string{`{"edit":"create_attribute","name":"long","type":"string"}`}
	for i := range 150 { // more than the buffers of a connection hold
		edits = append(edits, fmt.Sprintf(`{"edit":"create_group","name":"g%d"}`, i),
			fmt.Sprintf(`{"edit":"set_group_value","group":"$%d","attribute":"$0","value":"%s"}`, 2*i+1,
				strings.Repeat("x", 64<<10)))
	}
	if resp, body := s.ask("POST", "/v1/changes", s.token,
		`{"edits":[`+strings.Join(edits, ",")+`]}`); resp.status != http.StatusOK {
		t.Fatalf("%d %.300s", resp.status, body)
	}
	var open []net.Conn
	for range 6 { // more than there are turns
		open = append(open, s.send("GET /api/4.0/user_attributes/14/group_values HTTP/1.1\r\nHost: h\r\nAuthorization: "+
			"Bearer "+s.token+"\r\n\r\n"))
	}
	s.othersAreServed()
	for _, c := range open { // each got a reply, which waits for its client
		line, err := bufio.NewReaderSize(c, 16).ReadString('\n')
		if err != nil || !strings.Contains(line, "200 OK") {
			t.Errorf("%q, %v", line, err)
		}
	}
}

func TestOneCredentialHasSixteenRequestsAtOnceAndOthersGoOn(t *testing.T) {
	s := serve(t, config.Flags{"max-requests": "32"})
	ordinary := s.userToken()
	var open []net.Conn
	for range 16 { // they hold their slots: their bodies do not come
		open = append(open, s.send("POST /v1/preview HTTP/1.1\r\nHost: h\r\nContent-Type: "+
			"application/json\r\nAuthorization: Bearer "+ordinary+
			"\r\nContent-Length: 10\r\n\r\n"))
	}
	s.othersAreServed()
	late := make(chan int, 1)
	go func() {
		resp, _ := s.ask("GET", "/v1/me", ordinary, "")
		late <- resp.status
	}()
	if _, err := io.WriteString(open[0], "0123456789"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(open[0]).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if status := <-late; status != http.StatusOK {
		t.Errorf("one that waited for a slot: %d", status)
	}
}

func TestOneCredentialHasSixteenStreams(t *testing.T) {
	s := serve(t, nil)
	open := func() (int, context.CancelFunc) {
		ctx, stop := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", s.app.BaseURL()+"/v1/changes/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stop(); _ = resp.Body.Close() })
		return resp.StatusCode, stop
	}
	for i := range 16 {
		if status, _ := open(); status != http.StatusOK {
			t.Fatalf("stream %d: %d", i, status)
		}
	}
	if status, _ := open(); status != http.StatusTooManyRequests {
		t.Errorf("stream 17: %d", status)
	}
	if resp, _ := s.ask("HEAD", "/v1/changes/stream", s.token, ""); resp.status != http.StatusTooManyRequests {
		t.Errorf("HEAD of stream 17: %d", resp.status)
	}
	s.othersAreServed()
}

func TestBodiesHaveTheSizeThatTheirCallerMaySend(t *testing.T) {
	s := serve(t, nil)
	ordinary := s.userToken()
	large := `{"comment":"` + strings.Repeat("x", 1<<20) + `","edits":[]}`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(large)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		bearer, path, body string
		headers            []string
		want               int
	}{
		"ordinary, too large": {ordinary, "/v1/preview", large, nil, 413},
		"ordinary, too large once unpacked": {ordinary, "/v1/preview", packed.String(), []string{"Content-Encoding", "gzip"},
			413},
		"ordinary, small": {ordinary, "/v1/preview", `{"edits":[]}`, nil, 422},
		"a manager":       {s.token, "/v1/preview", large, nil, 422},
		"a manager, packed": {s.token, "/v1/preview", packed.String(), []string{"Content-Encoding", "gzip"},
			422},
		"a manager, packed, by an old name": {s.token, "/v1/preview", packed.String(),
			[]string{"Content-Encoding", "x-gzip"}, 422},
		"a manager, in another coding": {s.token, "/v1/preview", "x", []string{"Content-Encoding", "br"}, 415},
		"a manager, not packed at all": {s.token, "/v1/preview", "{}", []string{"Content-Encoding", "gzip"}, 400},
		"a stranger": {"", "/oauth2/token", "a=" + strings.Repeat("x", 100<<10),
			[]string{"Content-Type", "application/x-www-form-urlencoded"}, 413},
	} {
		resp, body := s.ask("POST", test.path, test.bearer, test.body, test.headers...)
		if resp.status != test.want {
			t.Errorf("%s: %d %.200s, want %d", name, resp.status, body, test.want)
		}
		if takes := resp.header.Get("Accept-Encoding"); (takes == "gzip") != (test.want == 415) {
			t.Errorf("%s: Accept-Encoding is %q", name, takes)
		}
	}
}

func TestRepliesArePackedForWhoAsks(t *testing.T) {
	s := serve(t, nil)
	plain, want := s.ask("GET", "/v1/openapi.yaml", s.token, "")
	resp, body := s.ask("GET", "/v1/openapi.yaml", s.token, "", "Accept-Encoding", "br;q=1, gzip")
	if plain.header.Get("Content-Encoding") != "" || resp.header.Get("Content-Encoding") != "gzip" ||
		!strings.Contains(resp.header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("headers %v and %v", plain.header, resp.header)
	}
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != want || len(body) > len(want)/2 {
		t.Errorf("%d bytes became %d: %v", len(want), len(body), err)
	}
	if resp, _ := s.ask("GET", "/v1/openapi.yaml", s.token, "", "Accept-Encoding",
		"gzip;q=0"); resp.header.Get("Content-Encoding") != "" {
		t.Error("a client that refuses gzip got it")
	}
}

func TestACallerInDebtWaitsAndOthersDoNot(t *testing.T) {
	s := serve(t, config.Flags{"credential-cost": "1", "credential-cost-burst": "5"})
	ordinary := s.userToken() // which costs the administrator something, too
	var once sync.Once
	var refused answer
	for range 20 {
		resp, _ := s.ask("POST", "/v1/preview", ordinary, `{"edits":[`+strings.Repeat(`{"edit":"create_group","name":"x"},`,
			9)+`{"edit":"create_group","name":"x"}]}`)
		if resp.status == http.StatusTooManyRequests {
			once.Do(func() { refused = resp })
		}
	}
	if refused.status == 0 || refused.header.Get("Retry-After") == "" {
		t.Fatalf("nobody was refused, or without Retry-After: %v", refused)
	}
	if resp, _ := s.ask("GET", "/v1/me", s.token, ""); resp.status != http.StatusOK {
		t.Errorf("another caller: %d", resp.status)
	}
}

func TestABodyThatComesTooSlowlyIsGivenUp(t *testing.T) {
	s := serve(t, config.Flags{"read-timeout": "1s"})
	c := s.send("POST /v1/preview HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
		s.token + "\r\nContent-Length: 10\r\n\r\n{")
	start := time.Now()
	line, err := bufio.NewReader(c).ReadString('\n')
	if !strings.Contains(line, " 400 ") && !errors.Is(err, io.EOF) {
		t.Errorf("after %v: %q, %v", time.Since(start), line, err)
	}
}

func TestAPathThatCannotBeReadIsAnsweredBySurfaces(t *testing.T) {
	s := serve(t, nil)
	for path, want := range map[string]string{"/api/4.0/groups/5%": `"documentation_url"`, "/v1/groups/%zz": `"detail"`,
		"/usergroups/id/%": `"error"`} {
		c := s.send(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n", path,
			s.token))
		reply, err := io.ReadAll(c)
		if err != nil || !strings.Contains(string(reply), want) || !strings.Contains(string(reply), "X-Request-Id: ") {
			t.Errorf("%s: %s, %v", path, reply, err)
		}
	}
}

// idOf is the first id of a reply.
func idOf(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `"id":"`)
	id, _, end := strings.Cut(rest, `"`)
	if !ok || !end {
		t.Fatalf("no id in %s", body)
	}
	return id
}
