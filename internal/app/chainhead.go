package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/seal"
	"cohort/internal/store"
)

const (
	sayHeadEvery = time.Minute
	sayHeadTime  = 10 * time.Second // for one request to the endpoint
	// headPurpose is the purpose of the key that signs heads.
	headPurpose = "heads of the chain of records"
)

// A ChainHead is the end of the chain of records at a time. Stored elsewhere, it reveals that
// somebody with access to the database has truncated or rewritten the history, which the chain
// alone cannot. Its signature uses a key that is derived from those of hidden values, which
// the database does not contain.
type ChainHead struct {
	At          string `json:"at"`
	Incarnation int64  `json:"incarnation"`
	Revision    int64  `json:"revision"`
	Hash        string `json:"hash"`      // of the last record, in hex
	Signature   string `json:"signature"` // Ed25519, in hex
}

func (h *ChainHead) text() []byte {
	return fmt.Appendf(nil, "cohort: head of the chain\n%s\n%d\n%d\n%s\n", h.At, h.Incarnation, h.Revision, h.Hash)
}

// signedHead returns a head with its signature.
func signedHead(ring *seal.Ring, head store.Head, at time.Time) (ChainHead, error) {
	h := ChainHead{
		At: at.UTC().Format(time.RFC3339), Incarnation: head.Incarnation, Revision: int64(head.Revision),
		Hash: hex.EncodeToString(head.Hash[:]),
	}
	seeds, err := ring.DeriveEach(headPurpose)
	if err != nil {
		return h, err
	}
	h.Signature = hex.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seeds[0]), h.text()))
	return h, nil
}

// sayHeads logs the head of the chain every minute, if it has moved, and when the server
// stops. It also delivers it as the settings say.
func (a *App) sayHeads(ctx context.Context) {
	ticks := time.NewTicker(sayHeadEvery)
	defer ticks.Stop()
	var last store.Head
	for {
		select {
		case <-ctx.Done():
			a.sayHead(context.WithoutCancel(ctx), &last)
			return
		case <-ticks.C:
			a.sayHead(ctx, &last)
		}
	}
}

func (a *App) sayHead(ctx context.Context, last *store.Head) {
	head := a.core.Head()
	if head.Revision == last.Revision && head.Incarnation == last.Incarnation {
		return
	}
	h, err := signedHead(a.ring, head, time.Now())
	if err == nil {
		a.log.Info("the head of the history", "event", "chain_head", "incarnation", h.Incarnation, "revision", h.Revision,
			"hash", h.Hash)
		err = a.keepHead(ctx, h)
	}
	if err != nil {
		a.log.Warn("the head of the history could not be kept elsewhere", "event", "chain_head_lost", "error", err.Error())
		return
	}
	*last = head
}

// keepHead appends a head to the file of the settings, or sends it to the endpoint.
func (a *App) keepHead(ctx context.Context, h ChainHead) error {
	to := a.settings.ChainTo
	if to == "" {
		return nil
	}
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if isWebAddress(to) {
		return sendHead(ctx, to, line)
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

func isWebAddress(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func sendHead(ctx context.Context, to string, line []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sayHeadTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(line))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

// A HeadsCheck is the result of CheckHeads.
type HeadsCheck struct {
	Problem func(string)
	Note    func(string)
	Checked int // heads that match
}

// CheckHeads compares heads that were stored elsewhere, one line of JSON each, with the
// records of a store. It checks signatures only if the settings lead to the keys.
func CheckHeads(ctx context.Context, settings config.Config, s store.Store, heads io.Reader, check *HeadsCheck) error {
	ring, err := AvailableKeys(settings)
	if err != nil {
		return err
	}
	var keys []ed25519.PublicKey
	if ring != nil {
		seeds, err := ring.DeriveEach(headPurpose)
		if err != nil {
			return err
		}
		for _, seed := range seeds {
			key, _ := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
			keys = append(keys, key)
		}
	} else {
		check.Note("the signatures of the heads were not checked, as the keys are not at hand")
	}
	return s.Read(ctx, func(r store.Reader) error {
		head, err := r.Head(ctx)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(heads)
		for n := 1; lines.Scan(); n++ {
			var h ChainHead
			if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
				check.Problem(fmt.Sprintf("line %d of the heads cannot be read", n))
				continue
			}
			if ring != nil && !h.signedBy(keys) {
				check.Problem(fmt.Sprintf("line %d of the heads is not signed by a key of this directory", n))
				continue
			}
			if err := check.one(ctx, r, head, h); err != nil {
				return err
			}
		}
		return lines.Err()
	})
}

func (h *ChainHead) signedBy(keys []ed25519.PublicKey) bool {
	signature, err := hex.DecodeString(h.Signature)
	if err != nil {
		return false
	}
	for _, key := range keys {
		if ed25519.Verify(key, h.text(), signature) {
			return true
		}
	}
	return false
}

// one compares a head with the record of its revision. A head of an earlier incarnation may be
// missing after a restore.
func (check *HeadsCheck) one(ctx context.Context, r store.Reader, head store.Head, h ChainHead) error {
	var found, what string
	rec, err := r.Record(ctx, directory.Revision(h.Revision))
	switch {
	case h.Revision == 0:
		return nil
	case err == nil:
		found = hex.EncodeToString(rec.Hash[:])
		what = fmt.Sprintf("revision %d is another one than was said at %s: the history was rewritten", h.Revision, h.At)
	case directory.KindOf(err) == directory.KindNotFound:
		what = fmt.Sprintf("revision %d, which was there at %s, is missing: the history was cut off", h.Revision, h.At)
	default:
		return err
	}
	switch {
	case h.Incarnation > head.Incarnation:
		check.Problem(fmt.Sprintf("the head of %s is of incarnation %d, and the directory of %d: it was put back", h.At,
			h.Incarnation, head.Incarnation))
	case found == h.Hash:
		check.Checked++
	case h.Incarnation < head.Incarnation:
		check.Note(what + ", or it was restored since")
	default:
		check.Problem(what)
	}
	return nil
}
