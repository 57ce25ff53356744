package postgres

import "syscall"

// tcpUserTimeout is TCP_USER_TIMEOUT, which package syscall lacks.
const tcpUserTimeout = 18

// limitSilence limits how long sent data may stay unacknowledged. Without it a statement to a
// vanished machine is retransmitted for a quarter of an hour, and keep-alive does not check
// meanwhile.
func limitSilence(network, _ string, c syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	const milliseconds = 15_000
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, milliseconds)
	})
	if err != nil {
		return err
	}
	return failed
}
