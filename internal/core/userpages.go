package core

import "math/rand/v2"

// pageUsers is how many users stand in a page.
const pageUsers = 64

// userPages hold users by their number in a stripe. Numbers mostly follow each
// other, so a user stands in an array, in which eight share a line of the
// processor's cache, and what a map has to find are only the arrays. Of numbers
// that lie far apart each takes a page of its own: half a KiB beside its rows.
type userPages struct {
	pages map[int64]*userPage
	n     int
}

type userPage [pageUsers]*packedUser

func (p *userPages) get(number int64) *packedUser {
	if page := p.pages[number/pageUsers]; page != nil {
		return page[uint64(number)%pageUsers]
	}
	return nil
}

func (p *userPages) put(number int64, u *packedUser) {
	page := p.pages[number/pageUsers]
	if page == nil {
		if p.pages == nil {
			p.pages = map[int64]*userPage{}
		}
		page = new(userPage)
		p.pages[number/pageUsers] = page
	}
	place := &page[uint64(number)%pageUsers]
	if *place == nil {
		p.n++
	}
	*place = u
}

func (p *userPages) remove(number int64) {
	if p.get(number) == nil {
		return
	}
	page := p.pages[number/pageUsers]
	page[uint64(number)%pageUsers] = nil
	p.n--
	if *page == (userPage{}) {
		delete(p.pages, number/pageUsers)
	}
}

// removeAny removes some user: of some page, as a map's order is as good as
// random, the next from a random place on.
func (p *userPages) removeAny() {
	for at, page := range p.pages {
		first := rand.Int64N(pageUsers)
		for i := range int64(pageUsers) {
			if slot := (first + i) % pageUsers; page[slot] != nil {
				p.remove(at*pageUsers + slot)
				return
			}
		}
	}
}

func (p *userPages) clear() { *p = userPages{} }
