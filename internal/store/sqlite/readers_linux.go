package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxReaders is how many processes are named.
const maxReaders = 8

// openElsewhere returns the names of other processes that have a database open, as far as this
// process may see them.
func openElsewhere(path string) []string {
	var list []string
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		pid, err := strconv.Atoi(filepath.Base(process))
		if err != nil || pid == os.Getpid() || len(list) == maxReaders {
			continue
		}
		files, _ := filepath.Glob(process + "/fd/*")
		if slices.ContainsFunc(files, func(file string) bool {
			target, err := os.Readlink(file)
			return err == nil && target == path
		}) {
			name, _ := os.ReadFile(process + "/comm") // without the name, the number is shown
			list = append(list, strings.TrimSpace(fmt.Sprintf("%d %s", pid, name)))
		}
	}
	return list
}
