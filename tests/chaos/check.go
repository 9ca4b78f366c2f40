package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTime is what one history may take; keys live for seconds, so that milliseconds are the rule.
const checkTime = time.Minute

// Verdict is what was found of one history.
type Verdict struct {
	History *History
	Result  porcupine.CheckResult
	// The file that keeps the history, where it is not linearizable or that could not be decided.
	File string
}

// checkAll checks every history; those that do not pass are kept in `folder`.
func checkAll(histories []*History, folder string) ([]Verdict, error) {
	verdicts := make([]Verdict, len(histories))
	var workers sync.WaitGroup
	var mutex sync.Mutex
	var problem error
	indexes := make(chan int)
	for range runtime.NumCPU() {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for index := range indexes {
				verdict, err := check(histories[index], folder)
				verdicts[index] = verdict
				if err != nil {
					mutex.Lock()
					problem = err
					mutex.Unlock()
				}
			}
		}()
	}
	for index := range histories {
		indexes <- index
	}
	close(indexes)
	workers.Wait()
	return verdicts, problem
}

func check(history *History, folder string) (Verdict, error) {
	model, operations := modelOf(history.Model), history.Operations()
	verdict := Verdict{History: history}
	verdict.Result = porcupine.CheckOperationsTimeout(model, operations, checkTime)
	if verdict.Result == porcupine.Ok {
		return verdict, nil
	}
	_, information := porcupine.CheckOperationsVerbose(model, operations, checkTime)
	verdict.File = filepath.Join(folder, history.Table+"-"+history.Key+".json")
	if err := save(history, verdict.File); err != nil {
		return verdict, err
	}
	return verdict, porcupine.VisualizePath(model, information, verdict.File+".html")
}

func save(history *History, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	slices.SortFunc(history.Entries, func(a, b Entry) int { return int(a.Call - b.Call) })
	text, err := json.MarshalIndent(history, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// checkFile checks a history that an earlier run kept.
func checkFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	history := &History{}
	if err := json.Unmarshal(text, history); err != nil {
		return err
	}
	verdict, err := check(history, filepath.Dir(path))
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d entries: %s\n", path, len(history.Entries), verdict.Result)
	if verdict.Result != porcupine.Ok {
		return fmt.Errorf("%s is not shown to be linearizable", path)
	}
	return nil
}
