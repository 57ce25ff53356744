package sqlite

import "testing"

func TestNetworkFileSystemsAreKnown(t *testing.T) {
	for magic, network := range map[uint32]bool{
		0x6969: true, 0xff534d42: true, 0xfe534d42: true, 0x00c36400: true,
		0xef53: false, 0x01021994: false, 0x58465342: false, 0x9123683e: false, 0x794c7630: false, 0x65735546: false,
	} {
		if name := networkName(magic); (name != "") != network {
			t.Errorf("file system %x is called %q", magic, name)
		}
	}
	if err := refuseNetwork(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := refuseNetwork(t.TempDir() + "/none"); err == nil {
		t.Error("nothing is said about a directory that is not there")
	}
}
