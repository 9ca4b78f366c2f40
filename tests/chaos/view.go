package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// View is what a node's admin port answers to GET /cluster, as far as it is used here.
type View struct {
	Nodes []struct {
		ID       int    `json:"id"`
		Endpoint string `json:"endpoint"`
	} `json:"nodes"`
	Partitions []Partition `json:"partitions"`
}

// Partition is one partition, as the node that was asked knows it.
type Partition struct {
	Table    string `json:"table"`
	Leader   int    `json:"leader"` // A node's id; 0: not known.
	Replicas []struct {
		Node  int  `json:"node"`
		Voter bool `json:"voter"`
	} `json:"replicas"`
}

// errNoSuchPage says that the node is too old to have what was asked for.
var errNoSuchPage = errors.New("the admin port has no such page")

var admin = &http.Client{Timeout: 5 * time.Second}

// viewOf asks a node. The error says so where it has no such page.
func viewOf(node Node) (View, error) {
	var view View
	body, err := ask(http.MethodGet, node.Admin+"/cluster", nil)
	if err != nil {
		return view, err
	}
	return view, json.Unmarshal(body, &view)
}

func ask(method, url string, question any) ([]byte, error) {
	text, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, url, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := admin.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode == http.StatusNotFound {
		return nil, errNoSuchPage
	}
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d: %s", method, url, response.StatusCode, bytes.TrimSpace(body))
	}
	return body, err
}

// partitionOf is the first partition of the table.
func (v View) partitionOf(table string) (Partition, error) {
	for _, partition := range v.Partitions {
		if partition.Table == table {
			return partition, nil
		}
	}
	return Partition{}, fmt.Errorf("GET /cluster lists no partition of the table %s", table)
}

// voters is how many replicas of the partition vote.
func (p Partition) voters() int {
	voters := 0
	for _, replica := range p.Replicas {
		if replica.Voter {
			voters++
		}
	}
	return voters
}

// awaitReplicated waits until every partition of the tables has `wanted` voters and a leader.
func awaitReplicated(node Node, tables []string, wanted int) error {
	for end := time.Now().Add(healedTime); ; time.Sleep(20 * time.Millisecond) {
		view, err := viewOf(node)
		if err != nil {
			return err
		}
		lacking := ""
		for _, table := range tables {
			partition, err := view.partitionOf(table)
			if err != nil || partition.voters() < wanted || partition.Leader == 0 {
				lacking = table
			}
		}
		if lacking == "" {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("the table %s has no leader or fewer than %d voters after %s: %+v", lacking, wanted, healedTime, view)
		}
	}
}
