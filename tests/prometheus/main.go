// Prometheus' own judgement, as a program.
//
//	prometheus-judge metrics < /metrics    what promtool check metrics says of a text of metrics
//	prometheus-judge expressions < LINES   whether each line is an expression of PromQL; prints the metrics that it names
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/prometheus/promql/parser"
)

func checkMetrics() error {
	problems, err := promlint.New(os.Stdin).Lint()
	if err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Println(problem.Metric, problem.Text)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems", len(problems))
	}
	return nil
}

func checkExpressions() error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		expression, err := parser.NewParser(parser.Options{}).ParseExpr(lines.Text())
		if err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		for _, selectors := range parser.ExtractSelectors(expression) {
			for _, matcher := range selectors {
				fmt.Println(matcher.Name, matcher.Value)
			}
		}
	}
	return lines.Err()
}

func main() {
	checks := map[string]func() error{"metrics": checkMetrics, "expressions": checkExpressions}
	if len(os.Args) != 2 || checks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: prometheus-judge metrics|expressions")
		os.Exit(2)
	}
	if err := checks[os.Args[1]](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
