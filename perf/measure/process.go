package measure

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a process may take to start or to end.
const patience = 2 * time.Minute

// ticks is the unit of /proc per second: CLK_TCK of sysconf is 100 on all Linux.
const ticks = 100

// A Command is a server to start.
type Command struct {
	Program string
	Args    []string
	Env     []string // the whole environment
	Log     string   // file for what it writes to stderr
	// Addr and Probe are for a server that does not print "listening on ADDR" when it is
	// ready. It listens on Addr, and is ready when GET of the path Probe is answered with 200.
	Addr, Probe string
}

// A Process is a running server.
type Process struct {
	Addr  string        // its address
	Ready time.Duration // from its start until it is ready

	cmd   *exec.Cmd
	log   string
	ended chan struct{}
	err   error // of the end of the process; read after ended is closed
}

// Start starts a server and waits until it is ready. The server runs until Close, or until ctx
// ends.
func Start(ctx context.Context, c Command) (*Process, error) {
	p := &Process{Addr: c.Addr, log: c.Log, cmd: exec.CommandContext(ctx, c.Program, c.Args...),
		ended: make(chan struct{})}
	p.cmd.Env = append([]string{}, c.Env...) // without this environment
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 30 * time.Second
	log, err := os.Create(c.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd.Stderr = log
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout = w
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, w.Close(), out.Close())
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	ready := make(chan string, 1)
	go listen(out, ready)
	if c.Probe != "" {
		go probe(ctx, c.Addr, c.Probe, ready)
	}
	go func() { p.err = p.cmd.Wait(); close(p.ended) }()
	select {
	case p.Addr = <-ready:
		p.Ready = time.Since(begin)
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("%s ended before it was ready: %w: %s", c.Program, p.err, p.last())
	case <-time.After(patience):
		return nil, errors.Join(fmt.Errorf("%s is not ready after %v: %s", c.Program, patience, p.last()), p.Close())
	}
}

// listen reads the output of the process to its end.
func listen(r io.ReadCloser, ready chan<- string) {
	defer r.Close()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if _, addr, ok := strings.Cut(lines.Text(), "listening on "); ok {
			select {
			case ready <- strings.TrimSpace(addr):
			default:
			}
		}
	}
}

func probe(ctx context.Context, addr, path string, ready chan<- string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-tick.C {
		c, err := Dial(ctx, addr)
		if err != nil {
			continue
		}
		status, _, err := c.Do("GET "+path+" HTTP/1.1\r\nHost: "+addr+"\r\n", nil)
		if c.Close() == nil && err == nil && status == 200 {
			ready <- addr
			return
		}
	}
}

// last is the end of the log of the process.
func (p *Process) last() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-500):])
}

// Close asks the process to end, and waits for it.
func (p *Process) Close() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil // a rival may end with any status
	case <-time.After(patience):
		return errors.Join(errors.New("the process did not end when asked to"), p.cmd.Process.Kill())
	}
}

// CPU is the processor time that the process has used, in seconds, to the
// hundredth.
func (p *Process) CPU() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	text := string(b)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // from the third field on
	if len(fields) < 13 {
		return 0, errors.New("cannot read the processor time of the process")
	}
	sum := 0.0
	for _, f := range fields[11:13] {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return 0, err
		}
		sum += n / ticks
	}
	return sum, nil
}

// Memory is the resident memory of the process now, and at its peak, in MiB.
func (p *Process) Memory() (now, peak float64, err error) { return memory(p.cmd.Process.Pid) }

func memory(pid int) (now, peak float64, err error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	for name, into := range map[string]*float64{"VmRSS": &now, "VmHWM": &peak} {
		if _, err := fmt.Sscanf(field(path, name), "%f kB", into); err != nil {
			return 0, 0, fmt.Errorf("cannot read %s of the process: %w", name, err)
		}
		*into /= 1 << 10
	}
	return now, peak, nil
}

// Peak runs a program to its end. It returns the output and the peak of its resident memory in
// MiB, up to some hundredths of a second before its end. The system's figure for an ended
// process is of no use, because it counts the memory that the parent had at the start.
func Peak(ctx context.Context, program string, args, env []string) (out []byte, peak float64, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var printed bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &printed, &printed
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if err == nil && peak == 0 {
				err = errors.New("it ended before its memory was looked at")
			}
			return printed.Bytes(), peak, err
		case <-tick.C:
			if _, most, err := memory(cmd.Process.Pid); err == nil { // an error means that it has just ended
				peak = max(peak, most)
			}
		}
	}
}

// OwnCPU is the processor time of this process so far, in seconds.
func OwnCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // the system reports it for every process
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}
