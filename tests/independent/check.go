// Check verifies a log with the code that verifies Go's own module log: golang.org/x/mod/sumdb/note
// opens its checkpoints, and golang.org/x/mod/sumdb/tlog reads its tiles and checks its proofs.
//
//	check URL VKEY [FILE ...]
//
// A FILE is a checkpoint that the log published before, which has to be consistent with the one it
// publishes now; or, where its name ends in .tlog-proof, a receipt, whose proof has to be right for
// the entry that the log serves. Only the layout of files and the text of a checkpoint and of a
// receipt are read by code of ours: Go's log has others.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
	// A log with more entries has only some of them checked for inclusion.
	all    = 1000
	stride = 997
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(url, vkey string, files []string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	site := &site{url: strings.TrimRight(url, "/"), seen: map[string][]byte{}}
	signed, err := site.read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, site)
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil || root != tree.Hash {
		return fmt.Errorf("the tiles hash to %v, not to %v: %v", root, tree.Hash, err)
	}
	included := 0
	for index := int64(0); index < tree.N; index++ {
		edge := index%width == 0 || index%width == width-1 || index == tree.N-1
		if tree.N > all && index%stride != 0 && !(edge && (index < 2*width || index > tree.N-2*width)) {
			continue
		}
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return err
		}
		if err := site.checkRecord(proof, tree, index, tree.N); err != nil {
			return fmt.Errorf("entry %d: %v", index, err)
		}
		included++
	}
	consistent, receipts := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.HasSuffix(file, ".tlog-proof") {
			err = checkReceipt(string(data), site, verifier, tree.N)
			receipts++
		} else {
			err = checkConsistency(data, tree, hashes, verifier)
			consistent++
		}
		if err != nil {
			return fmt.Errorf("%s: %v", file, err)
		}
	}
	fmt.Printf("size %d, included %d, consistent %d, receipts %d\n", tree.N, included, consistent, receipts)
	return nil
}

// openCheckpoint returns the tree of a checkpoint that is signed by the log.
func openCheckpoint(signed []byte, log note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s: %q", log.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func checkConsistency(signed []byte, tree tlog.Tree, hashes tlog.HashReader, log note.Verifier) error {
	before, err := openCheckpoint(signed, log)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, before.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash)
}

func checkReceipt(text string, log *site, verifier note.Verifier, size int64) error {
	head, signed, _ := strings.Cut(text, "\n\n")
	tree, err := openCheckpoint([]byte(signed), verifier)
	if err != nil {
		return err
	}
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") {
		return fmt.Errorf("not a receipt: %q", head)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	return log.checkRecord(proof, tree, index, size)
}

// site reads the files of a log, each once.
type site struct {
	url  string
	seen map[string][]byte
}

func (s *site) read(path string) ([]byte, error) {
	if data, ok := s.seen[path]; ok {
		return data, nil
	}
	answer, err := http.Get(s.url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, answer.Status)
	}
	s.seen[path] = data
	return data, err
}

// checkRecord checks that the entry which a log of some size serves at index is under tree.
func (s *site) checkRecord(proof tlog.RecordProof, tree tlog.Tree, index, size int64) error {
	tile := tlog.Tile{H: height, L: 0, N: index / width, W: width}
	if left := size - tile.N*width; left < width {
		tile.W = int(left)
	}
	data, err := s.read(strings.Replace(path(tile), "tile/0/", "tile/entries/", 1))
	if err != nil {
		return err
	}
	for skip := index % width; len(data) >= 2; skip-- {
		end := 2 + int(binary.BigEndian.Uint16(data))
		if end > len(data) {
			break
		}
		if skip == 0 {
			return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(data[2:end]))
		}
		data = data[end:]
	}
	return fmt.Errorf("the bundle of entry %d ends before it", index)
}

// path is where a tile lies in tlog-tiles, which leaves out the height that Go's log names.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

// Height, ReadTiles and SaveTiles make a site a tlog.TileReader.

func (s *site) Height() int { return height }

func (s *site) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := s.read(path(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (s *site) SaveTiles([]tlog.Tile, [][]byte) {}

var _ tlog.TileReader = (*site)(nil)
