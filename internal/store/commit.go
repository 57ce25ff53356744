package store

import (
	"fmt"

	"cohort/internal/directory"
)

// Follows refuses a commit that is not the next after a revision.
func Follows(c *Commit, rev directory.Revision) error {
	for i := range c.Records {
		rev++
		if said := c.Records[i].Header.Revision; said != rev {
			return fmt.Errorf("the record says revision %d; it must be %d", said, rev)
		}
	}
	if c.Head.Revision != rev && !(rev == 0 && len(c.Records) == 0) {
		return fmt.Errorf("the commit says revision %d; it must be %d", c.Head.Revision, rev)
	}
	return nil
}
