package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"

	"cohort/client"
	"cohort/internal/app"
	"cohort/internal/screen"
)

// Exit statuses of the program.
const (
	exitDone    = 0
	exitFailed  = 1 // it could not be done: the network, files, our fault; or something is wrong with what was looked at
	exitUsage   = 2 // the command line or a setting is wrong
	exitRefused = 3 // the server refused all of it, or a part
	exitDiffers = 4 // there are differences
)

// A usageError is a mistake of whoever typed the command or wrote the settings.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (e usageError) Unwrap() error { return e.error }

// Errors that end a command that did its work and has told the rest.
var (
	// errFound says that something is wrong with what the command looked at.
	errFound = errors.New("something is wrong")
	// errRefused says that a part of the work was refused.
	errRefused = errors.New("a part was refused")
	// errDiffers says that there are differences.
	errDiffers = errors.New("there are differences")
)

// fail says what went wrong and gives the status.
func (v *invocation) fail(err error) int {
	switch {
	case errors.Is(err, errFound):
		return exitFailed
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.Is(err, errDiffers):
		return exitDiffers
	}
	for line := range strings.SplitSeq(v.message(err), "\n") {
		v.complain(line)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[app.SettingError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[refusedError](err); ok {
		return exitRefused
	}
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status < 500 {
		return exitRefused
	}
	return exitFailed
}

// complain writes a line on the error stream, within the width of a terminal.
func (v *invocation) complain(line string) {
	for _, part := range screen.Of(v.err, v.env).Lines("cohort: " + line) {
		fmt.Fprintln(v.err, part)
	}
}

// message says what went wrong, where, and what to do next.
func (v *invocation) message(err error) string {
	p, refused := errors.AsType[*client.Problem](err)
	failure, unreachable := errors.AsType[*url.Error](err)
	switch {
	case refused && p.LogIn && v.server.URL != "":
		return v.logInProblem(p)
	case refused && p.Code == "ambiguous":
		return err.Error() + v.choices(p)
	case refused:
		return err.Error() + requestOf(p)
	case unreachable && v.server.URL != "" && v.ctx.Err() == nil:
		return v.unreachable(failure)
	}
	return err.Error()
}

// requestOf names the request where the server's log has the cause.
func requestOf(p *client.Problem) string {
	if p.Status < 500 || p.RequestID == "" {
		return ""
	}
	return "\nThe server's log has the cause under request id " + p.RequestID + "."
}

// logInProblem says that a server does not take the credential.
func (v *invocation) logInProblem(p *client.Problem) string {
	text := fmt.Sprintf("%s refused the log-in with the credential of %s: %s", v.server.URL, v.server.from, p.Error())
	switch {
	case p.Status >= 500 || p.Status == 429:
		return text
	case p.Status == 404:
		return text + "\nIs it a Cohort server? Check the URL."
	case v.server.from == "the environment":
		return text + "\nCheck COHORT_CLIENT_ID and COHORT_CLIENT_SECRET, or log in anew: cohort login " + v.server.URL
	}
	return text + "\nLog in anew: cohort login " + v.server.URL
}

// unreachable says why a server cannot be asked, and what to look at.
func (v *invocation) unreachable(failure *url.Error) string {
	at := v.server.URL
	dns, unknownHost := errors.AsType[*net.DNSError](failure)
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](failure)
	_, otherHost := errors.AsType[x509.HostnameError](failure)
	switch {
	case errors.Is(failure, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens at %s (from %s): is cohort serve running?", at, v.server.from)
	case unknownHost:
		return fmt.Sprintf("%s (from %s): the host %s is not known; check the URL", at, v.server.from, dns.Name)
	case untrusted || otherHost:
		return fmt.Sprintf("%s: its certificate is not trusted: %v", at, failure.Err)
	case strings.Contains(failure.Error(), "server gave HTTP response to HTTPS client"):
		return at + " speaks http, not https: write http:// in the URL"
	case failure.Timeout() || errors.Is(failure, context.DeadlineExceeded):
		return fmt.Sprintf("%s did not answer in time; cohort health --url %s says more", at, at)
	}
	return fmt.Sprintf("%s: %v", at, failure.Err)
}
