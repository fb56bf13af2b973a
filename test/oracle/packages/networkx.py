# sources: networkx
import networkx


def find_paths():
    graph = networkx.Graph([(1, 2), (2, 3), (3, 4), (1, 5), (5, 4)])
    return [
        networkx.shortest_path(graph, 1, 4),
        networkx.density(graph),
        sorted(networkx.connected_components(graph), key=len)[0] == {1, 2, 3, 4, 5},
    ]


def order_nodes():
    graph = networkx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
    return [
        list(networkx.topological_sort(graph)),
        {key: round(value, 6) for key, value in networkx.pagerank(graph).items()} if False else sorted(graph.in_degree()),
    ]
