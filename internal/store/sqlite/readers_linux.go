package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxReaders are named at most.
const maxReaders = 8

// openElsewhere names other processes that have a database open, of those that
// this one may look at.
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
			name, _ := os.ReadFile(process + "/comm") // without it the number has to do
			list = append(list, strings.TrimSpace(fmt.Sprintf("%d %s", pid, name)))
		}
	}
	return list
}
