// Package attacks measures what callers wait while a server is attacked.
package attacks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// An attack runs until its context ends. The replies are counted, whatever they are.
type attack struct {
	name string
	run  func(ctx context.Context, a *attacker)
}

// An attacker has an ordinary account and one that may manage users and groups but not
// administer. It uses addresses of its own.
type attacker struct {
	addr              string
	d                 *sample.Directory
	ordinary, manager *lab.Caller
	secrets           [][2]string // client ids and secrets of its accounts
	self, own         string      // ids of the ordinary user and of an attribute that this user may edit

	mu      sync.Mutex
	answers map[int]int // by status; 0 means that the connection was closed
}

// heard describes the replies that the attacker got.
func (a *attacker) heard() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(a.answers)) {
		name := strconv.Itoa(status)
		if status == 0 {
			name = "closed"
		}
		parts = append(parts, fmt.Sprintf("%d × %s", a.answers[status], name))
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func (a *attacker) hear(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[status]++
}

// dialer connects from one of a few addresses that no other caller uses.
func dialer(i int) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%5))}}
}

// flood keeps n connections from one address busy with requests.
func (a *attacker) flood(ctx context.Context, n int, next func(i int) (head, body string)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for ctx.Err() == nil {
				a.keepFlooding(ctx, i, next)
				_ = lab.Pause(ctx, 10*time.Millisecond)
			}
		})
	}
	wg.Wait()
}

// keepFlooding uses one connection until it is closed.
func (a *attacker) keepFlooding(ctx context.Context, i int, next func(i int) (head, body string)) {
	raw, err := dialer(0).DialContext(ctx, "tcp", a.addr)
	if err != nil {
		return
	}
	conn := measure.Use(raw)
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	defer conn.Close()
	for ctx.Err() == nil {
		head, body := next(i)
		status, _, err := conn.Do(head, []byte(body))
		if ctx.Err() != nil {
			return
		}
		if a.hear(status); err != nil {
			return
		}
	}
}

// hold keeps n connections open from a few addresses. On each it sends a text, a body, and
// then a byte now and then, and reads nothing. It opens closed connections again.
func (a *attacker) hold(ctx context.Context, n int, text, body string, drip time.Duration) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for ctx.Err() == nil {
				a.keepHolding(ctx, i, text, body, drip)
				_ = lab.Pause(ctx, 100*time.Millisecond)
			}
		})
	}
	wg.Wait()
}

func (a *attacker) keepHolding(ctx context.Context, i int, text, body string, drip time.Duration) {
	c, err := dialer(i).DialContext(ctx, "tcp", a.addr)
	if err != nil {
		return
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if _, err = io.WriteString(c, text); err == nil {
		_, err = io.WriteString(c, body)
	}
	for err == nil && ctx.Err() == nil {
		switch _ = lab.Pause(ctx, drip); {
		case text != "":
			_, err = io.WriteString(c, "x")
		default: // whether it is still open
			_ = c.SetReadDeadline(time.Now())
			if _, err = c.Read(make([]byte, 1)); isTimeout(err) {
				err = nil
			}
		}
	}
	if ctx.Err() == nil {
		a.hear(0)
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

const asJSON = "Content-Type: application/json\r\n"

// allAttacks are the attacks.
func allAttacks() []attack { return slices.Concat(holdingAttacks(), askingAttacks(), writingAttacks()) }

// holdingAttacks hold what the server has few of.
func holdingAttacks() []attack {
	const form = "Host: perf\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	return []attack{
		{"5,000 idle connections", func(ctx context.Context, a *attacker) {
			a.hold(ctx, 5000, "", "", 2*time.Second)
		}},
		{"300 logins whose bodies come a byte at a time", func(ctx context.Context, a *attacker) {
			a.hold(ctx, 300, "POST /api/4.0/login HTTP/1.1\r\n"+form+"Content-Length: 1000\r\n\r\n", "c", 6*time.Second)
		}},
		{"300 long replies that nobody reads", func(ctx context.Context, a *attacker) {
			a.hold(ctx, 300, "GET /api/4.0/users?limit=5000 HTTP/1.1\r\n"+a.manager.Head+"\r\n", "", time.Minute)
		}},
		{"60 bodies of 25 MiB that do not end", func(ctx context.Context, a *attacker) {
			a.hold(ctx, 60, "POST /v1/changes HTTP/1.1\r\n"+a.manager.Head+asJSON+"Content-Length: 30000000\r\n\r\n",
				strings.Repeat(" ", 25<<20), time.Second)
		}},
		{"64 streams, and HEAD of as many", func(ctx context.Context, a *attacker) {
			var wg sync.WaitGroup
			for _, method := range []string{"GET", "HEAD"} {
				wg.Go(func() {
					a.hold(ctx, 64, method+" /v1/changes/stream HTTP/1.1\r\n"+a.manager.Head+"\r\n", "", time.Minute)
				})
			}
			wg.Wait()
		}},
	}
}

// askingAttacks ask for expensive replies.
func askingAttacks() []attack {
	return []attack{
		{"previews of 9,999 edits", func(ctx context.Context, a *attacker) {
			body := `{"edits":[` + strings.Repeat(`{"edit":"create_group","name":"x"},`, 9998) +
				`{"edit":"create_group","name":"x"}]}`
			a.flood(ctx, 32, func(i int) (string, string) {
				who := a.manager
				if i%2 == 0 {
					who = a.ordinary
				}
				return "POST /v1/preview HTTP/1.1\r\n" + who.Head + asJSON, body
			})
		}},
		{"previews of the group that everyone is in", func(ctx context.Context, a *attacker) {
			body := fmt.Sprintf(`{"edits":[{"edit":"set_group_value","group":"%d","attribute":"%d","value":"previewed"}]}`,
				a.d.Group(0), a.d.Attribute(0))
			a.flood(ctx, 32, func(int) (string, string) {
				return "POST /v1/preview HTTP/1.1\r\n" + a.manager.Head + asJSON, body
			})
		}},
		{"changes of 5,000 edits", func(ctx context.Context, a *attacker) {
			body := `{"edits":[` + strings.Repeat(`{"edit":"create_group","name":"x"},`, 4999) +
				`{"edit":"create_group","name":"x"}]}`
			a.flood(ctx, 16, func(int) (string, string) {
				return "POST /v1/changes HTTP/1.1\r\n" + a.manager.Head + asJSON, body
			})
		}},
		{"searches with wildcards", func(ctx context.Context, a *attacker) {
			paths := []string{"/api/4.0/users/search?first_name=%25a%25a%25", "/api/4.0/users/search/names/%25a%25e%25",
				"/api/4.0/credentials_email/search?email=%25a%25e%25", "/api/4.0/groups/search?name=%25a%25&sorts=user_count"}
			a.flood(ctx, 32, func(i int) (string, string) {
				return "GET " + paths[i%len(paths)] + " HTTP/1.1\r\n" + a.manager.Head, ""
			})
		}},
		{"lists of every user", func(ctx context.Context, a *attacker) {
			a.flood(ctx, 16, func(int) (string, string) {
				return "GET /api/4.0/users HTTP/1.1\r\n" + a.manager.Head, ""
			})
		}},
		{"calls of 10,000 items", func(ctx context.Context, a *attacker) {
			body := lab.BulkCalls(0, 10_000, 1)[0]
			a.flood(ctx, 16, func(int) (string, string) {
				return "POST " + body.Target + " HTTP/1.1\r\n" + a.manager.Head + asJSON, body.Body
			})
		}},
	}
}

// writingAttacks write and log in as fast as they can.
func writingAttacks() []attack {
	return []attack{
		{"values of 60 KiB, written again and again", func(ctx context.Context, a *attacker) {
			a.flood(ctx, 16, func(int) (string, string) {
				return "POST /v1/changes HTTP/1.1\r\n" + a.ordinary.Head + asJSON, fmt.Sprintf(
					`{"edits":[{"edit":"set_user_value","user":"%s","attribute":"%s","value":"%d%s"}]}`,
					a.self, a.own, time.Now().UnixNano(), strings.Repeat("x", 60<<10))
			})
		}},
		{"wrong secrets for the client id of others", func(ctx context.Context, a *attacker) {
			a.flood(ctx, 32, func(int) (string, string) {
				return "POST /oauth2/token HTTP/1.1\r\nHost: perf\r\nContent-Type: application/x-www-form-urlencoded\r\n",
					"grant_type=client_credentials&client_id=" + lab.ClientID + "&client_secret=wrong"
			})
		}},
		{"logins, one after the other", func(ctx context.Context, a *attacker) {
			a.flood(ctx, 32, func(i int) (string, string) {
				who := a.secrets[i%len(a.secrets)]
				return "POST /oauth2/token HTTP/1.1\r\nHost: perf\r\nContent-Type: application/x-www-form-urlencoded\r\n",
					"grant_type=client_credentials&client_id=" + who[0] + "&client_secret=" + who[1]
			})
		}},
	}
}
