package sqlite

import (
	"fmt"
	"syscall"
)

// refuseNetwork refuses a directory on a network file system: the log needs memory that all
// processes share, and reliable locks.
func refuseNetwork(dir string) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("the data directory %s: %w", dir, err)
	}
	if name := networkName(uint32(fs.Type)); name != "" { // the numbers have 32 bits, whatever the field
		return fmt.Errorf("the data directory %s is on a network file system (%s), which can damage the database; use a "+
			"local disk", dir, name)
	}
	return nil
}

// networkName returns the name of a network file system by its number, or "".
func networkName(magic uint32) string {
	switch magic {
	case 0x6969:
		return "NFS"
	case 0x517b, 0xff534d42, 0xfe534d42:
		return "SMB"
	case 0x5346414f, 0x6b414653:
		return "AFS"
	case 0x73757245:
		return "Coda"
	case 0x00c36400:
		return "Ceph"
	}
	return ""
}
