// The server serves uPlot's own module here (page-files.ts).
import uPlot from 'uplot';

export default uPlot;
