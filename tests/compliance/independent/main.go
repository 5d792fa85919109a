// Reads what qtweb's log hands over with golang.org/x/mod/sumdb, the reference implementation of signed notes and
// of tiled logs, and with nothing of qtweb's.
//
//	FOLDER/log                  an export (c2sp.org/tlog-tiles)
//	FOLDER/proofs               N.json and N.tlog-proof
//	FOLDER/consistency/N        an older checkpoint; N.proof leads from it to the export's
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var key string

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func number(text string) int64 { return must(strconv.ParseInt(text, 10, 64)) }

func hash(text string) (found tlog.Hash) {
	copy(found[:], must(base64.StdEncoding.DecodeString(text)))
	return found
}

func hashes(lines []string) (found []tlog.Hash) {
	for _, line := range lines {
		found = append(found, hash(line))
	}
	return found
}

func open(signed string) tlog.Tree {
	opened := must(note.Open([]byte(signed), note.VerifierList(must(note.NewVerifier(key)))))
	lines := strings.Split(opened.Text, "\n")
	return tlog.Tree{N: number(lines[1]), Hash: hash(lines[2])}
}

// proof parts the lines before a checkpoint from the tree that it is of.
func proof(file string) ([]string, tlog.Tree) {
	above, checkpoint, _ := strings.Cut(string(must(os.ReadFile(file))), "\n\n")
	return strings.Split(above, "\n"), open(checkpoint)
}

type folder string

func (at folder) Height() int                         { return 8 }
func (at folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (at folder) ReadTiles(tiles []tlog.Tile) (found [][]byte, err error) {
	for _, tile := range tiles {
		found = append(found, must(os.ReadFile(at.place(tile, ""))))
	}
	return found, nil
}

// place leaves out the height that the paths of sumdb have and those of tlog-tiles have not.
func (at folder) place(tile tlog.Tile, level string) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	if level != "" {
		path = level + strings.TrimPrefix(path, "0")
	}
	return filepath.Join(string(at), "tile", path)
}

func checkEntries(at folder, tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, at)
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		rest := must(os.ReadFile(at.place(tlog.Tile{H: 8, N: first / 256, W: int(width)}, "entries")))
		for index := first; index < first+width; index++ {
			end := 2 + int(rest[0])<<8 + int(rest[1])
			signed := must(reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)}))
			if signed[0] != tlog.RecordHash(rest[2:end]) {
				log.Fatalf("leaf %d is another one", index)
			}
			rest = rest[end:]
		}
		if len(rest) != 0 {
			log.Fatalf("more than %d leaves in a bundle", width)
		}
	}
}

func main() {
	key = os.Args[2]
	in := func(parts ...string) string { return filepath.Join(append([]string{os.Args[1]}, parts...)...) }
	tree := open(string(must(os.ReadFile(in("log", "checkpoint")))))
	checkEntries(folder(in("log")), tree)
	proofs := must(filepath.Glob(in("proofs", "*.tlog-proof")))
	for _, file := range proofs {
		lines, signed := proof(file)
		leaf := tlog.RecordHash(must(os.ReadFile(strings.TrimSuffix(file, "tlog-proof") + "json")))
		index := number(strings.TrimPrefix(lines[1], "index "))
		if err := tlog.CheckRecord(hashes(lines[2:]), signed.N, signed.Hash, index, leaf); err != nil {
			log.Fatal(file, err)
		}
	}
	older := must(filepath.Glob(in("consistency", "*.proof")))
	for _, file := range older {
		old := open(string(must(os.ReadFile(strings.TrimSuffix(file, ".proof")))))
		lines, signed := proof(file)
		if err := tlog.CheckTree(hashes(lines[1:]), signed.N, signed.Hash, old.N, old.Hash); err != nil {
			log.Fatal(file, err)
		}
	}
	fmt.Printf("%d leaves, %d proofs, %d older trees\n", tree.N, len(proofs), len(older))
}
