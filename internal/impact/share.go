package impact

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// maxSharedPreview is the size up to which other nodes learn of a preview, in bytes:
// that of some 100,000 users. Only the node that made a longer preview knows it; on
// others the change must be previewed again.
const maxSharedPreview = 1 << 20

// A sharedPreview is a preview as nodes hand it to each other.
type sharedPreview struct {
	User        directory.UserID        `json:"user"`
	Credential  directory.CredentialID  `json:"credential"`
	Sudoer      directory.UserID        `json:"sudoer,omitzero"`
	Incarnation int64                   `json:"incarnation"`
	Revision    directory.Revision      `json:"revision"`
	Hash        [32]byte                `json:"hash"` // of the record of the revision
	Edits       [32]byte                `json:"edits"`
	Expires     directory.Instant       `json:"expires"`
	Everyone    bool                    `json:"everyone,omitzero"`
	Attributes  []directory.AttributeID `json:"attributes,omitzero"`
	Groups      []directory.GroupID     `json:"groups,omitzero"`
	Users       []directory.UserID      `json:"users,omitzero"`
	Objects     []directory.Object      `json:"objects,omitzero"`
}

// Share writes what is remembered of a preview where other nodes find it: behind a
// load balancer any of them may get the change. If that fails, the change must be
// previewed again there, which is no reason to refuse the preview.
func (p *Previews) Share(ctx context.Context, token string) {
	e := p.get(token)
	if p.shared == nil || e == nil {
		return
	}
	shared := sharedPreview{
		User: e.caller.User, Credential: e.caller.Credential, Sudoer: e.caller.Sudoer,
		Incarnation: e.incarnation, Revision: e.revision, Hash: e.hash, Edits: e.edits, Expires: e.expires,
		Everyone: e.everyone, Attributes: keysOf(e.attrs), Groups: keysOf(e.groups), Users: e.users,
		Objects: keysOf(e.objects),
	}
	b, err := json.Marshal(shared)
	if err == nil && len(b) <= maxSharedPreview {
		err = p.shared.PutPreview(ctx, store.Preview{Token: token, Data: b, ExpiresAt: e.expires})
	}
	if err != nil {
		p.log.Warn("other nodes cannot learn of a preview", "error", err.Error())
	}
}

// load returns what is remembered of a preview, here or by the node that made
// it; nil if nothing is.
func (p *Previews) load(ctx context.Context, now *Presented) (*previewed, error) {
	token := now.Change.Token
	if e := p.get(token); e != nil || p.shared == nil || !isToken(token) {
		return e, nil
	}
	kept, ok, err := now.Reader.Preview(ctx, token)
	if err != nil || !ok {
		return nil, err
	}
	var shared sharedPreview
	if err := json.Unmarshal(kept.Data, &shared); err != nil {
		return nil, fmt.Errorf("a preview of another node: %w", err)
	}
	e := &previewed{
		token: token, caller: directory.Caller{User: shared.User, Credential: shared.Credential, Sudoer: shared.Sudoer},
		incarnation: shared.Incarnation, lineage: now.Base.Lineage, revision: shared.Revision, hash: shared.Hash,
		edits: shared.Edits, expires: shared.Expires,
		everyone: shared.Everyone, attrs: setOf(shared.Attributes), groups: setOf(shared.Groups), users: shared.Users,
		objects: setOf(shared.Objects),
	}
	// Lineages are local to a node; the chain distinguishes histories on all nodes.
	then := store.Head{Revision: e.revision, Incarnation: e.incarnation, Hash: e.hash}
	if same, err := store.Precedes(ctx, now.Reader, then, now.Base.Head); err != nil || !same {
		return nil, err
	}
	return e, nil
}

// TokenLen is the length of a token, in characters.
const TokenLen = 40

// isToken reports whether a text can be the token of a preview.
func isToken(text string) bool {
	return len(text) == TokenLen && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

func keysOf[K comparable](set map[K]bool) []K {
	keys := make([]K, 0, len(set))
	for k, in := range set {
		if in {
			keys = append(keys, k)
		}
	}
	return keys
}

func setOf[K comparable](keys []K) map[K]bool {
	set := make(map[K]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}
