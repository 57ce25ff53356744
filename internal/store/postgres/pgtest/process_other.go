//go:build !linux

package pgtest

import "syscall"

// attributes make a child run as somebody.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true}
}
