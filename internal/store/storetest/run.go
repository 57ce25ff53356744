// Package storetest decides whether a store keeps the contract of package
// store: every store passes all of it.
//
// It knows stores by their interface only.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Run runs the whole contract. The function open returns an empty store that
// nobody else uses, and closes it when the test ends, unless the test has.
//
// There is no way to skip a part: an implementation that does not keep the whole
// contract is not a store.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, test := range append(ofReading(), ofWriting()...) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
	t.Run("AgreesWithTheModel", func(t *testing.T) { t.Parallel(); testModel(t, open) })
	t.Run("ManyCommitsTogetherAreAsOneByOne", func(t *testing.T) { t.Parallel(); testBatch(t, open) })
}

// A part is one promise of the contract; run gets an empty store.
type part struct {
	name string
	run  func(*testing.T, store.Store)
}

func ofReading() []part {
	return []part{
		{"AnEmptyStoreStandsAtRevisionZero", testEmpty},
		{"RowsComeBackAsTheyWereWritten", testRoundTrip},
		{"AnOpenViewDoesNotChange", testOpen},
		{"RowsAreChangedAndRemoved", testChange},
		{"ScanIsInTheOrderOfKeys", testScanOrder},
		{"WhatIsReadBelongsToTheReader", testReadBelongsToReader},
		{"WhatIsWrittenMayBeChangedAfterwards", testWrittenIsCopied},
		{"FindKnowsEveryIndex", testFind},
		{"RowsMarkedDeletedAreInNoIndex", testFindDeleted},
		{"FindIsInTheOrderOfIDsAndLimited", testFindLimit},
		{"UserRowsAreAllThatAUserHas", testUserRows},
		{"TheRevisionIsThatOfTheViewWhateverWasReadBefore", testRevisionAfterUser},
		{"UsersAfterWalksOverAllUsers", testUsersAfter},
		{"MembersAndEffectiveInputsAreWhatIsThere", testEffectiveInputs},
		{"RowsOfListsWhatBelongsToAnObject", testRowsOf},
		{"RowsOfAllListsWhatBelongsToSeveralObjects", testRowsOfAll},
		{"CallbacksEndAWalkWithTheirError", testCallbackErrors},
		{"CallbacksMayNotUseTheReader", testCallbackReentry},
		{"MemberCountsLookAtTheClock", testMemberCounts},
		{"TheNextBoundaryIsFound", testNextBoundary},
		{"UsersAreFilteredSortedAndCut", testUsers},
		{"UsersRefusesWhatMakesNoSense", testUsersRefusals},
		{"IDsOfUsersAreListedInParts", testUserIDs},
	}
}

func ofWriting() []part {
	return []part{
		{"RecordsComeBackAsTheyWereWritten", testRecords},
		{"TheLastChangeOfAnObjectIsFound", testLastChanges},
		{"PartsOfRecordsAreForgotten", testForget},
		{"RevisionsHaveNoGaps", testRevisions},
		{"AStoreIsFilledWithTheHistoryOfAnother", testHistory},
		{"OnlyAWholeHistoryIsTaken", testHistoryRefusals},
		{"WhatWasPutInByHalvesIsCleared", testClear},
		{"OnlyTheRowThatWasReadIsWritten", testBefore},
		{"CommitsOfATransactionMayMeet", testBatchMeets},
		{"ARefusedCommitTakesTheTransactionAlong", testBatchRefused},
		{"ARowIsWrittenOnceInACommit", testTwoWrites},
		{"UniqueKeysAreUnique", testUnique},
		{"UniqueKeysCanBeSwapped", testSwap},
		{"RowsNameOnlyRowsThatAreThere", testReferences},
		{"ParentsAndChildrenMayComeInAnyOrder", testAnyOrder},
		{"ManyRowsAreWrittenAsFewAre", testMany},
		{"WhatNoRowCanHoldIsNotFound", testOddTexts},
		{"SecretsAndSealedValuesAreKept", testSecrets},
		{"ACommitEndsTokens", testRevocation},
		{"ATransactionSeesItsOwnWrites", testOwnWrites},
		{"AFailedTransactionChangesNothing", testFailedWrite},
		{"AfterAnErrorNothingIsCommitted", testErrorIsFinal},
		{"FindingNothingIsNoError", testNotFoundIsNoError},
		{"APanicLeavesTheStoreUsable", testPanic},
		{"TransactionsAreSerial", testSerial},
		{"AViewDoesNotChange", testView},
		{"ACancelledContextChangesNothing", testCancelled},
		{"ContextsThatEndAnyTimeLeaveNoHalves", testCancelledAnyTime},
		{"TokensAreKeptUntilTheyAreEnded", testTokens},
		{"TokensOfACredentialAreLimited", testTokenLimit},
		{"EndsOfTokensAreTold", testTokenEnds},
		{"EveryFailedLoginCounts", testAttempts},
		{"RevealsAreListedNewestFirst", testReveals},
		{"AnswersAreKeptWithTheirTransaction", testAnswers},
		{"PreviewsAreKeptUntilTheyExpire", testPreviews},
		{"AKeyIsClaimedOnce", testKeyClaims},
		{"ASignInLinkIsTakenOnce", testSignInLinks},
		{"SignInsThatBeginAreBounded", testPendingSignIns},
		{"SignInsAreListedAndEnded", testSignIns},
		{"ALogoutOfAProviderEndsWhatItNames", testLogouts},
		{"HistoryUsesAreKeptByDay", testHistoryUses},
		{"LastUsesOfCredentialsAreKept", testCredentialUses},
		{"ANodeIsAsItLastSaid", testNodes},
		{"AnUpgradeIsMadeOnce", testUpgrades},
		{"ADraftIsReplacedByItsNextVersion", testDrafts},
		{"AFileIsOfOneUserAndHasAVersion", testImports},
		{"NotesAboutSCIMClientsAreCountedAndListed", testSCIMNotes},
		{"CheckFindsNothingInASoundStore", testCheckSound},
		{"CheckSaysWhatIsWrong", testCheckDamage},
		{"BackupMakesANewFile", testBackup},
		{"LearningChangesNothing", testLearn},
		{"AClosedStoreSaysSo", testClose},
	}
}

// put commits rows.
func put(t *testing.T, s store.Store, rows ...directory.Row) {
	t.Helper()
	if err := Put(t.Context(), s, rows); err != nil {
		t.Fatalf("put %+v: %v", rows, err)
	}
}

// remove commits the removal of rows.
func remove(t *testing.T, s store.Store, keys ...directory.RowKey) {
	t.Helper()
	if err := Put(t.Context(), s, nil, keys...); err != nil {
		t.Fatalf("remove %+v: %v", keys, err)
	}
}

// read runs f on a view.
func read(t *testing.T, s store.Store, f func(ctx context.Context, r store.Reader) error) {
	t.Helper()
	if err := s.Read(t.Context(), func(r store.Reader) error { return f(t.Context(), r) }); err != nil {
		t.Fatal(err)
	}
}

// unchanged fails unless f leaves the store as it is.
func unchanged(t *testing.T, s store.Store, f func()) {
	t.Helper()
	before, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	f()
	after, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the store has changed (-before +after):\n%s", diff)
	}
}

// refused fails unless err is an internal error.
func refused(t *testing.T, err error, format string, args ...any) {
	t.Helper()
	if err == nil {
		t.Errorf(format+" succeeded", args...)
		return
	}
	if e, ok := errors.AsType[*directory.Error](err); ok && e.Kind != directory.KindInternal {
		t.Errorf(format+": %v, want an internal error", append(args, err)...)
	}
	if errors.Is(err, store.ErrCommitUnknown) {
		t.Errorf(format+": %v: the outcome is known", append(args, err)...)
	}
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
