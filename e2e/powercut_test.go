package e2e

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cohort/internal/effort"
)

// A call is one system call of the program, as strace saw it end.
type call struct {
	name    string
	path    string // of the file it works on, or the socket
	to      string // of a rename
	data    []byte
	offset  int64
	started int // index of the event at which it began
}

// TestAcknowledgedWritesSurviveAPowerCut records the system calls of the
// program while clients write, and replays them up to random points. What was
// written but not fsynced by then survives in part, at random, as after a
// power failure. From what is left the program must start, find nothing
// wrong, and have every write whose answer had left it.
func TestAcknowledgedWritesSurviveAPowerCut(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	s := newServer(t, under(tracer(t, trace)...))
	const clients, each = 4, 25
	var wg sync.WaitGroup
	token := s.login()
	hidden := idIn(t, s.mustAsk("POST", "/api/4.0/user_attributes", token,
		`{"name":"pin","label":"PIN","type":"string","value_is_hidden":true,"hidden_value_domain_whitelist":"example.com/*"}`))
	s.mustAsk("PATCH", "/api/4.0/groups/"+s.createGroup(token, "sealed")+"/attribute_values/"+hidden, token,
		`{"value":"1234"}`)
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				if c == 0 && i%8 == 4 {
					s.forget(token, i)
				}
				s.createGroup(token, fmt.Sprintf("cut-%d-%d.", c, i))
			}
		})
	}
	wg.Wait()
	s.stop()
	calls := readTrace(t, trace)
	first := slices.IndexFunc(calls, func(c call) bool { return c.name == "ack" })
	if acks := acknowledged(calls); len(acks) != clients*each || first < 0 {
		t.Fatalf("the trace has %d acknowledged writes, want %d", len(acks), clients*each)
	}
	cuts := 6
	if effort.All() {
		cuts = 60
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range cuts {
		at := first + random.IntN(len(calls)-first)
		data := filepath.Join(t.TempDir(), "data")
		rebuild(t, s.data, data, calls[:at], random)
		checkSurvivors(t, data, acknowledged(calls[:at]), fmt.Sprintf("seed %d, cut after %d of %d calls", seed, at,
			len(calls)))
	}
}

// forget has the program forget something, after which it builds its database
// anew and empties the log.
func (s *server) forget(token string, n int) {
	s.t.Helper()
	attribute := idIn(s.t, s.mustAsk("POST", "/api/4.0/user_attributes", token,
		fmt.Sprintf(`{"name":"late_%d","label":"Late %d","type":"string","default_value":"not hidden yet"}`, n, n)))
	s.mustAsk("PATCH", "/api/4.0/user_attributes/"+attribute, token,
		`{"value_is_hidden":true,"hidden_value_domain_whitelist":"example.com/*"}`)
}

// tracer is the command before the program that records its calls.
func tracer(t *testing.T, out string) []string {
	t.Helper()
	requireProgram(t, "strace", "strace")
	return []string{
		"strace", "-f", "--seccomp-bpf", "-xx", "-y", "-s", "100000000", "-o", out,
		"-e", "trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,linkat,rename,renameat,renameat2",
	}
}

var (
	callLine = regexp.MustCompile(`^(\d+)\s+(\w+)\((.*)$`)
	resumed  = regexp.MustCompile(`^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$`)
	quoted   = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
	behindFD = regexp.MustCompile(`^\d+<((?:\\x[0-9a-f]{2})*)>`)
)

// readTrace reads the calls in the order in which they ended. The answer to a
// client that names a group is an event "ack".
func readTrace(t *testing.T, path string) []call {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var calls []call
	open := map[string]string{} // thread: what it began
	started := map[string]int{} // thread: when
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadString('\n')
		if line == "" && err != nil {
			return calls
		}
		line = strings.TrimSuffix(line, "\n")
		begun := len(calls)
		if m := resumed.FindStringSubmatch(line); m != nil {
			line, begun = open[m[1]]+m[3], started[m[1]]
		}
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if rest, ok := strings.CutSuffix(line, " <unfinished ...>"); ok {
			open[m[1]], started[m[1]] = rest, begun
			continue
		}
		if c, ok := parseCall(m[2], m[3]); ok {
			c.started = begun
			calls = append(calls, c)
		}
	}
}

// parseCall reads one call that succeeded.
func parseCall(name, rest string) (call, bool) {
	i := strings.LastIndex(rest, ") ")
	if i < 0 || strings.Contains(rest[i:], "= -1") {
		return call{}, false
	}
	args := rest[:i]
	c := call{name: name}
	var texts []string
	for _, m := range quoted.FindAllStringSubmatch(args, 2) {
		texts = append(texts, unhex(m[1]))
	}
	if m := behindFD.FindStringSubmatch(args); m != nil {
		c.path = unhex(m[1])
	}
	switch name {
	case "write":
		if strings.HasPrefix(c.path, "/") {
			c.data = []byte(strings.Join(texts, ""))
			break
		}
		if len(texts) == 0 || !strings.HasPrefix(texts[0], "HTTP/1.1 200") {
			return c, false
		}
		if c.data = namedGroup.Find([]byte(texts[0])); c.data == nil {
			return c, false
		}
		c.name = "ack"
	case "pwrite64":
		fields := strings.Split(args, ", ")
		c.offset, _ = strconv.ParseInt(fields[len(fields)-1], 10, 64)
		if len(texts) > 0 {
			c.data = []byte(texts[0])
		}
	case "ftruncate":
		fields := strings.Split(args, ", ")
		c.offset, _ = strconv.ParseInt(fields[len(fields)-1], 10, 64)
	case "unlink", "unlinkat", "openat":
		if len(texts) > 0 {
			c.path = texts[0]
		}
	case "rename", "renameat", "renameat2", "linkat":
		if len(texts) > 1 {
			c.path, c.to = texts[0], texts[1]
		}
	}
	return c, strings.HasPrefix(c.path, "/") || c.name == "ack"
}

var namedGroup = regexp.MustCompile(`cut-\d+-\d+\.`)

func unhex(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		return ""
	}
	return string(b)
}

func acknowledged(calls []call) []string {
	var names []string
	for _, c := range calls {
		if c.name == "ack" {
			names = append(names, string(c.data))
		}
	}
	return names
}

// A cutFile is a file as the disk has it, and what was written since.
type cutFile struct {
	durable []byte
	pending []call
	at      []int // of each pending call, its index
	end     int64 // where the next write goes that does not say where
}

// A cutName is what a file is called.
type cutName struct {
	file *cutFile
	made int    // index of the call that gave the name
	disk bool   // the name is on disk
	old  string // the name before it was changed to this one, "" if there was none
}

func (f *cutFile) apply(c call) {
	if c.name == "ftruncate" {
		for int64(len(f.durable)) < c.offset {
			f.durable = append(f.durable, make([]byte, c.offset-int64(len(f.durable)))...)
		}
		f.durable = f.durable[:c.offset]
		return
	}
	if end := c.offset + int64(len(c.data)); int64(len(f.durable)) < end {
		f.durable = append(f.durable, make([]byte, end-int64(len(f.durable)))...)
	}
	copy(f.durable[c.offset:], c.data)
}

// sync makes durable what had ended before the fsync began.
func (f *cutFile) sync(began int) {
	n := 0
	for n < len(f.pending) && f.at[n] < began {
		f.apply(f.pending[n])
		n++
	}
	f.pending, f.at = f.pending[n:], f.at[n:]
}

// A cutDisk is what a folder has on disk, and what it would have.
type cutDisk map[string]*cutName

// replay is what calls leave below a folder if the power fails after them.
func replay(folder string, calls []call) cutDisk {
	disk := cutDisk{}
	for i, c := range calls {
		if c.path == folder && c.name == "fsync" {
			for _, n := range disk {
				n.disk = n.disk || n.made < c.started
			}
		}
		if !strings.HasPrefix(c.path, folder+"/") {
			continue
		}
		n := disk[c.path]
		if n == nil {
			n = &cutName{file: &cutFile{}, made: i}
			disk[c.path] = n
		}
		switch c.name {
		case "write", "pwrite64", "ftruncate":
			if c.name == "write" {
				c.offset = n.file.end
				n.file.end += int64(len(c.data))
			}
			n.file.pending, n.file.at = append(n.file.pending, c), append(n.file.at, i)
		case "fsync", "fdatasync":
			n.file.sync(c.started)
		case "unlink", "unlinkat":
			delete(disk, c.path)
		case "linkat":
			disk[c.to] = &cutName{file: n.file, made: i}
		case "rename", "renameat", "renameat2":
			delete(disk, c.path)
			disk[c.to] = &cutName{file: n.file, made: i, old: c.path}
		}
	}
	return disk
}

// fail decides what becomes of all that is not on disk: of a write nothing,
// a part or all of it, of a name whether it is there. The files are the ones
// that are found after the power is back.
func (d cutDisk) fail(random *rand.Rand) map[string][]byte {
	files := map[string][]byte{}
	for _, path := range slices.Sorted(maps.Keys(d)) {
		name, keep := d[path], random.Float64()
		f := &cutFile{durable: slices.Clone(name.file.durable)}
		for _, c := range name.file.pending {
			switch r := random.Float64(); {
			case r < keep/8 && len(c.data) > 512:
				c.data = c.data[:512*(1+random.IntN(len(c.data)/512))] // torn
				f.apply(c)
			case r < keep:
				f.apply(c)
			}
		}
		if !name.disk && random.IntN(2) == 0 {
			if path = name.old; path == "" {
				continue
			}
		}
		if !strings.HasSuffix(path, "-shm") { // memory shared by connections: nothing of it outlives the machine
			files[path] = f.durable
		}
	}
	return files
}

// rebuild writes the files below from as a power failure after the calls
// leaves them, under to.
func rebuild(t *testing.T, from, to string, calls []call, random *rand.Rand) {
	t.Helper()
	for path, content := range replay(from, calls).fail(random) {
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// checkSurvivors starts the program on what is left and looks for every write
// that was acknowledged.
func checkSurvivors(t *testing.T, data string, acked []string, where string) {
	t.Helper()
	if out, err := exec.Command(binary, "verify", "--data", data).CombinedOutput(); err != nil {
		t.Errorf("%s: verify: %v\n%s", where, err, out)
		return
	}
	s := newServer(t, on(data))
	names := s.groupNames(s.login())
	s.stop()
	missing := map[string]bool{}
	for _, name := range acked {
		if !names[name] {
			missing[name] = true
		}
	}
	if len(missing) > 0 {
		t.Errorf("%s: %d of %d acknowledged writes are lost: %v", where, len(missing), len(acked),
			slices.Sorted(maps.Keys(missing)))
	}
}
