package changes

import (
	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
)

// An effectsView says whose effective values a change changed.
type effectsView struct {
	Users    int64
	Disabled int64 // of the above
	Groups   int64
	AtMost   bool
	More     string   // the page with the values
	Whole    *Preview // the values, if the page was asked for them
	Unknown  string   // why the effects are not known
}

// effectsOf counts the users and groups whose effective values a change changed, and lists the
// values if the page was asked for them. It returns nil if the person may not know.
func effectsOf(q *pagekit.Request, rev directory.Revision) (*effectsView, error) {
	if q.Past != 0 {
		return nil, nil //nolint:nilnil // the page has no such part
	}
	if q.Query.Get("effects") != "" {
		return wholeEffects(q, rev)
	}
	counts, err := pagekit.Remembered(q, func() (map[directory.Revision]directory.Affected, error) {
		return q.Live.Affected(q.Context(), []directory.Revision{rev})
	})
	n, known := counts[rev]
	if err != nil || !known {
		return nil, err
	}
	v := &effectsView{Users: n.Users.All(), Disabled: n.Users.Disabled, Groups: n.Groups, AtMost: n.AtMost}
	if v.Users+v.Groups > 0 {
		v.More = q.With("effects", "1")
	}
	return v, nil
}

func wholeEffects(q *pagekit.Request, rev directory.Revision) (*effectsView, error) {
	did, err := q.Live.Effects(q.Context(), rev)
	kind := directory.KindOf(err)
	switch {
	case err == nil:
	case kind == directory.KindGone, kind == directory.KindInvalid, kind == directory.KindForbidden:
		return &effectsView{Unknown: pagekit.NewErrorPage(err).Text}, nil
	default:
		return nil, err
	}
	return &effectsView{
		Users: did.Affected.All(), Disabled: did.Affected.Disabled, Groups: did.Groups, Whole: NewPreview(q, &did),
	}, nil
}
